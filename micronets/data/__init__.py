"""Data sets that need no download, how to cut them into parts, and cameras' pixels."""

from micronets.data.camera import grey_from_rgb, grey_from_rgb565, rgb_from_rgb565
from micronets.data.digits import load_digits
from micronets.data.resize import resize_images
from micronets.data.split import stratified_split

__all__ = [
    "grey_from_rgb",
    "grey_from_rgb565",
    "load_digits",
    "resize_images",
    "rgb_from_rgb565",
    "stratified_split",
]
