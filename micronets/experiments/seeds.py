"""Trains PicoMobileNet on the digits with several seeds and prints a Markdown table.

Run it as `python -m micronets.experiments.seeds --seeds 10 --epochs 60`.
"""

import json
import time

import click
import numpy as np

from micronets.demo import EPOCHS
from micronets.quiet import import_keras_quietly


@click.command()
@click.option("--seeds", default=10, show_default=True, help="How many trainings.")
@click.option("--epochs", default=EPOCHS, show_default=True, help="Passes over the training data.")
@click.option("--batch-norm/--no-batch-norm", default=True, show_default=True)
@click.option("--set", "settings", multiple=True, help="A setting of the config: name=JSON value.")
def main(seeds: int, epochs: int, batch_norm: bool, settings: tuple[str, ...]) -> None:
    """Print test accuracy and time of every seed, then median and worst."""
    import_keras_quietly()
    from micronets import PicoMobileNet
    from micronets.data import load_digits

    train, test = load_digits()
    click.echo("| seed | validation accuracy | test accuracy | seconds |\n|---|---|---|---|")
    accuracies = []
    for seed in range(seeds):
        net = PicoMobileNet(10, batch_norm=batch_norm, seed=seed)
        for setting in settings:
            name, _, value = setting.partition("=")
            setattr(net.config, name, json.loads(value))
        started = time.monotonic()
        history = net.fit(*train, epochs=epochs, verbose=0).history
        seconds = time.monotonic() - started
        accuracies.append(float(net.evaluate(*test)[1]))
        chosen = history["val_accuracy"][int(np.argmin(history["val_loss"]))]
        click.echo(f"| {seed} | {chosen:.1%} | {accuracies[-1]:.1%} | {seconds:.0f} |")
    click.echo(f"\nmedian {np.median(accuracies):.1%}, worst {min(accuracies):.1%}")


if __name__ == "__main__":
    main()
