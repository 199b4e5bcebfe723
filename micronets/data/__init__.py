"""Digits and drawn faces that need no download, loaders of faces, splits, cameras' pixels."""

from micronets.data.camera import grey_from_rgb, grey_from_rgb565, rgb_from_rgb565
from micronets.data.digits import load_digits
from micronets.data.drawn_faces import draw_faces
from micronets.data.face_lists import load_face_csv, load_face_list
from micronets.data.faces import FaceDataset, FaceExample
from micronets.data.resize import resize_images
from micronets.data.split import stratified_split
from micronets.data.wider import load_wider

__all__ = [
    "FaceDataset",
    "FaceExample",
    "draw_faces",
    "grey_from_rgb",
    "grey_from_rgb565",
    "load_digits",
    "load_face_csv",
    "load_face_list",
    "load_wider",
    "resize_images",
    "rgb_from_rgb565",
    "stratified_split",
]
