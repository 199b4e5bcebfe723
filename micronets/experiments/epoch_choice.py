"""Compares ways to choose the weights of a training; prints a Markdown table.

Run it as `python -m micronets.experiments.epoch_choice --seeds 0,1,2,4,6`. Each net is trained
once, on the digits; all ways choose among the weights of the same epochs.
"""

from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from micronets.demo import EPOCHS
from micronets.quiet import import_keras_quietly

_WAYS = ("highest validation accuracy", "lowest validation loss", "last epoch")

Weights = list[np.ndarray]


@click.command()
@click.option("--seeds", default="0,1,2,4,6", show_default=True, help="One training each.")
@click.option("--epochs", default=EPOCHS, show_default=True, help="Passes over the training data.")
def main(seeds: str, epochs: int) -> None:
    """Print the test accuracy of every way to choose, mean and worst of the seeds."""
    import_keras_quietly()
    from micronets.models.averaging import decay_for

    accuracies: dict[tuple[str, str], list[float]] = {}
    for seed in map(int, seeds.split(",")):
        net, weights, data = train(seed, epochs)
        for label, decay in (("of one epoch", 0.0), ("average", decay_for(epochs))):
            history = [judge(net, w, data) for w in averages(weights, decay)]
            for way, accuracy in zip(_WAYS, choose(history), strict=True):
                accuracies.setdefault((label, way), []).append(accuracy)
    click.echo("| weights | epoch | test accuracy, mean | worst seed |\n|---|---|---|---|")
    for (label, way), values in accuracies.items():
        click.echo(f"| {label} | {way} | {np.mean(values):.1%} | {min(values):.1%} |")


def train(seed: int, epochs: int) -> tuple[Any, list[Weights], dict[str, Any]]:
    """Train a net as the demo does; a tenth of the training images is set aside."""
    from keras.callbacks import LambdaCallback

    from micronets import PicoMobileNet
    from micronets.data import load_digits, stratified_split

    (x, y), test = load_digits()
    net, weights = PicoMobileNet(10, seed=seed), []
    # The same images as `fit` would set aside.
    split_seed = int(np.random.SeedSequence(seed).generate_state(1)[0])
    kept, held_out = stratified_split(y, net.config.validation_split, seed=split_seed)
    data = {"validation": (x[held_out], y[held_out]), "test": test}
    net.config.average_weights = False
    record = LambdaCallback(on_epoch_end=lambda *_: weights.append(net.model.get_weights()))
    net.fit(x[kept], y[kept], *data["validation"], epochs=epochs, verbose=0, callbacks=[record])
    return net, weights, data


def averages(weights: list[Weights], decay: float) -> Iterator[Weights]:
    """The running average after every epoch."""
    average = weights[0]
    for new in weights:
        average = [decay * a + (1 - decay) * b for a, b in zip(average, new, strict=True)]
        yield average


def judge(net: Any, weights: Weights, data: dict[str, Any]) -> tuple[float, float, float]:
    """Validation accuracy, validation loss and test accuracy of some weights."""
    net.model.set_weights(weights)
    loss, accuracy = net.evaluate(*data["validation"], batch_size=512)
    return accuracy, loss, net.evaluate(*data["test"], batch_size=512)[1]


def choose(history: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Test accuracies of the epochs that the ways choose, in their order."""
    by_accuracy = max(history, key=lambda epoch: (epoch[0], -epoch[1]))
    by_loss = min(history, key=lambda epoch: epoch[1])
    return by_accuracy[2], by_loss[2], history[-1][2]


if __name__ == "__main__":
    main()
