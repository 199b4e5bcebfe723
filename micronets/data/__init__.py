"""Data sets that need no download, and how to cut them into parts."""

from micronets.data.digits import load_digits
from micronets.data.resize import resize_images
from micronets.data.split import stratified_split

__all__ = ["load_digits", "resize_images", "stratified_split"]
