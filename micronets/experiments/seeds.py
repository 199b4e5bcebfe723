"""Trains PicoMobileNet on the digits with several seeds and prints a Markdown table.

Run it as `python -m micronets.experiments.seeds --seeds 10 --epochs 80`.
"""

import time

import click
import numpy as np

from micronets.quiet import import_keras_quietly


@click.command()
@click.option("--seeds", default=10, show_default=True, help="How many trainings.")
@click.option("--epochs", default=80, show_default=True, help="Passes over the training data.")
@click.option("--batch-norm", is_flag=True, help="Train with batch normalization.")
@click.option("--set", "settings", multiple=True, help="A setting of the config: name=value.")
def main(seeds: int, epochs: int, batch_norm: bool, settings: tuple[str, ...]) -> None:
    """Print test accuracy and time of every seed, then median and worst."""
    import_keras_quietly()
    from micronets import PicoMobileNet
    from micronets.data import load_digits

    train, test = load_digits()
    click.echo("| seed | best validation accuracy | test accuracy | seconds |\n|---|---|---|---|")
    accuracies = []
    for seed in range(seeds):
        net = PicoMobileNet(10, batch_norm=batch_norm, seed=seed)
        for setting in settings:
            name, _, value = setting.partition("=")
            setattr(net.config, name, type(getattr(net.config, name))(value))
        started = time.monotonic()
        history = net.fit(*train, epochs=epochs, verbose=0).history
        seconds = time.monotonic() - started
        accuracies.append(float(net.evaluate(*test)[1]))
        best = max(history["val_accuracy"])
        click.echo(f"| {seed} | {best:.1%} | {accuracies[-1]:.1%} | {seconds:.0f} |")
    click.echo(f"\nmedian {np.median(accuracies):.1%}, worst {min(accuracies):.1%}")


if __name__ == "__main__":
    main()
