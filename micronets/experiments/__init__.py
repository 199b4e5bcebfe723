"""Commands that measure what docs/training.md states."""
