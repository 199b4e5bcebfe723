"""Trains a net on the digits at several strengths of `sparsity`; prints a Markdown table.

Run it as `python -m micronets.experiments.sparsity --strengths 0,0.01,0.03 --seeds 3`.
"""

import click
import numpy as np

from micronets.demo import EPOCHS
from micronets.quiet import import_keras_quietly


@click.command()
@click.option("--net", default="pico_mobilenet", show_default=True, help="A net of the zoo.")
@click.option("--strengths", default="0,0.003,0.01,0.03", show_default=True, help="By commas.")
@click.option("--seeds", default=3, show_default=True, help="Trainings at each strength.")
@click.option("--epochs", default=EPOCHS, show_default=True, help="Passes over the training data.")
@click.option("--batch-norm/--no-batch-norm", default=True, show_default=True)
def main(net: str, strengths: str, seeds: int, epochs: int, batch_norm: bool) -> None:
    """Print what int8 exports keep and how well they answer, means over the seeds."""
    import_keras_quietly()
    from micronets import create_model
    from micronets.codegen.pipeline import compile_model
    from micronets.data import load_digits

    train, (images, labels) = load_digits()
    click.echo("| sparsity | removed channels | work | float32 | int8 |\n|---|---|---|---|---|")
    for strength in strengths.split(","):
        rows = []
        for seed in range(seeds):
            trained = create_model(
                net, 10, batch_norm=batch_norm, sparsity=float(strength), seed=seed
            )
            trained.fit(*train, epochs=epochs, verbose=0)
            export = compile_model(trained, dtype="int8", calibration=trained.calibration)
            shares = [
                float((answer.argmax(axis=1) == labels).mean())
                for answer in (trained.predict(images), export.predict(images))
            ]
            removed = sum(export.header.removed.values())
            rows.append((removed, export.macs, *shares))
        removed, macs, real, int8 = np.mean(rows, axis=0)
        click.echo(f"| {strength} | {removed:.1f} | {macs:,.0f} | {real:.1%} | {int8:.1%} |")


if __name__ == "__main__":
    main()
