"""Measures the zoo on emulated chips and writes the figures down; `python -m micronets.bench`."""
