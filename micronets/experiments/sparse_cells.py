"""Measures what thresholded matrices of RNNPool's cells save on a chip; prints a Markdown table.

Run it as `python -m micronets.experiments.sparse_cells`.
"""

from collections.abc import Mapping

import click
import keras
import numpy as np

from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.models import RNNPoolFaceM4
from micronets.models.thresholding import keep_largest

_SHAPE = (240, 320, 1)
# None stands for the shares of the net's own recipe: 50 % of the first matrix, 30 % of the others.
_SHARES: tuple[float | None, ...] = (1.0, 0.7, None, 0.15)


@click.command()
@click.option("--target", default="cortex-m4", show_default=True, help="Emulated chip.")
def main(target: str) -> None:
    """Export RNNPoolFaceM4's stem and RNNPool2D alone, with ever fewer weights in its cells."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, *_SHAPE), dtype=np.uint8)
    click.echo("| weights kept | of 832 | constants | stem and RNNPool2D | whole net |")
    click.echo("|---|--:|--:|--:|--:|")
    for share in _SHARES:
        kept = {path: share or own for path, own in RNNPoolFaceM4.kept.items()}
        net = RNNPoolFaceM4()
        count = keep(net.model, kept)
        alone = keras.Model(net.model.inputs, net.model.get_layer("rnnpool").output, name="alone")
        costs, constants = [], []
        for model, detector in ((alone, None), (net.model, net.detector())):
            export: Export = compile_model(
                model,
                dtype="int8",
                memory="stream",
                calibration=pixels,
                pixel_scale=net.pixel_scale,
                pixel_offset=net.pixel_offset,
                detector=detector,
            )
            costs.append(export.benchmark(target, x=pixels[:1]).instructions)
            constants.append(export.constants)
        name = "those of the recipe" if share is None else f"{share:.0%}"
        click.echo(f"| {name} | {count} | {constants[0]:,} B | {costs[0]:,} | {costs[1]:,} |")


def keep(model: keras.Model, kept: Mapping[str, float]) -> int:
    """Zero all but the largest weights of matrices; returns how many are left.

    Args:
        model: The Keras model.
        kept: The share that is kept of each matrix, by its path.
    """
    count = 0
    for weight in model.weights:
        if weight.path in kept:
            values = keep_largest(np.asarray(weight.numpy()), kept[weight.path])
            weight.assign(values)
            count += int(np.count_nonzero(values))
    return count


if __name__ == "__main__":
    main()
