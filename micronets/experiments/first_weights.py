"""Measures how much of a net's signal survives its first weights; prints a Markdown table.

Run it as `python -m micronets.experiments.first_weights --seeds 20`.
"""

from typing import Any

import click
import numpy as np

from micronets.quiet import import_keras_quietly

# A channel whose standard deviation over the digits is below this says nothing.
_ALIVE = 1e-3
_IMAGES = 120


@click.command()
@click.option("--seeds", default=20, show_default=True, help="How many first weights.")
def main(seeds: int) -> None:
    """Compare our first weights with Keras's defaults, before any training."""
    import_keras_quietly()
    from micronets import create_model, list_models
    from micronets.data import load_digits

    images = load_digits()[0][0][:_IMAGES]
    click.echo("| net | first weights | channels alive, mean | worst seed |\n|---|---|---|---|")
    for name in list_models():
        for label, change in (("Keras's defaults", use_glorot), ("ours", None)):
            shares = []
            for seed in range(seeds):
                net = create_model(name, 10, batch_norm=False, seed=seed)
                if change:
                    change(net.model, seed)
                shares.append(alive_share(net.model, images))
            click.echo(f"| {name} | {label} | {np.mean(shares):.0%} | {min(shares):.0%} |")


def use_glorot(model: Any, seed: int) -> None:
    """Give every kernel the weights that Keras would have drawn."""
    import keras

    for number, layer in enumerate(model.layers):
        weights = layer.get_weights()
        if weights:
            draw = keras.initializers.GlorotUniform(seed=1000 * seed + number)
            weights[0] = np.asarray(draw(weights[0].shape))
            layer.set_weights(weights)


def alive_share(model: Any, images: np.ndarray) -> float:
    """Share of the channels before the classifier that differ between images."""
    import keras

    features = keras.Model(model.input, model.get_layer("pool").output)
    values = np.asarray(features(images, training=False)).reshape(len(images), -1)
    return float((values.std(axis=0) > _ALIVE).mean())


if __name__ == "__main__":
    main()
