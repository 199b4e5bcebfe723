"""Draws docs/faces.jpg: drawn faces, and the boxes that the int8 header of our net finds.

Run it as `python -m micronets.experiments.found_faces`.
"""

import click
import numpy as np

from micronets.data import draw_faces
from micronets.detection.drawing import draw_boxes
from micronets.detection.header_detector import HeaderDetector
from micronets.quiet import import_keras_quietly

_COLUMNS, _ROWS = 3, 2


@click.command()
@click.option("--output", default="docs/faces.jpg", show_default=True, help="The picture.")
@click.option("--seed", default=3, show_default=True, help="Of the drawn faces.")
def main(output: str, seed: int) -> None:
    """Export RNNPoolFaceM4, run its C++ on drawn faces and draw what it found."""
    import_keras_quietly()
    from PIL import Image

    from micronets.models import RNNPoolFaceM4

    net = RNNPoolFaceM4(weights="wider")
    export = net.export_cpp("build/found_faces.h", dtype="int8", memory="stream")
    drawn = draw_faces(_COLUMNS * _ROWS, sides=(20, 80), seed=seed)
    images = [example.image for example in drawn]
    found = HeaderDetector(export.header.text, export.class_name).detect(images)
    panels = [
        draw_boxes(image, faces.boxes, faces.scores)
        for image, faces in zip(images, found, strict=True)
    ]
    rows = [
        np.hstack(panels[start : start + _COLUMNS]) for start in range(0, len(panels), _COLUMNS)
    ]
    Image.fromarray(np.vstack(rows)).save(output, quality=85)
    click.echo(f"{sum(map(len, found))} boxes, {drawn.faces} faces drawn; written {output}")


if __name__ == "__main__":
    main()
