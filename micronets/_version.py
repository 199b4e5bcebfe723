"""The one place where the version of micronets stands."""

__version__ = "0.1.0"
