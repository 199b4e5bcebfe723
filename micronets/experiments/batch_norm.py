"""Trains the five nets on Fashion-MNIST with and without batch normalization.

Run it as `python -m micronets.experiments.batch_norm --data fashion_mnist.npz`; the file has the
arrays x_train, y_train, x_test and y_test, as Keras's own copy.
"""

import time

import click
import numpy as np

from micronets.quiet import import_keras_quietly


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True), help="fashion_mnist.npz")
@click.option("--images", default=10_000, show_default=True, help="Training images to use.")
@click.option("--epochs", default=5, show_default=True, help="Passes over them.")
@click.option("--seed", default=0, show_default=True, help="One seed for all nets.")
@click.option("--only", default="*", show_default=True, help="Pattern for the nets' names.")
def main(data: str, images: int, epochs: int, seed: int, only: str) -> None:
    """Print test accuracy and time, a Markdown table."""
    import_keras_quietly()
    from micronets import create_model, list_models
    from micronets.data import resize_images

    with np.load(data) as arrays:
        train_x = resize_images(arrays["x_train"][:images], (96, 96))
        test_x = resize_images(arrays["x_test"], (96, 96))
        train_y, test_y = arrays["y_train"][:images], arrays["y_test"]
    click.echo("| net | batch norm | test accuracy | test loss | seconds |\n|---|---|---|---|---|")
    for name in list_models(only):
        for batch_norm in (False, True):
            net = create_model(name, 10, batch_norm=batch_norm, seed=seed)
            started = time.monotonic()
            net.fit(train_x, train_y, epochs=epochs, verbose=0)
            seconds = time.monotonic() - started
            loss, accuracy = net.evaluate(test_x, test_y, batch_size=250)
            yes_or_no = "yes" if batch_norm else "no"
            click.echo(f"| {name} | {yes_or_no} | {accuracy:.1%} | {loss:.3f} | {seconds:.0f} |")


if __name__ == "__main__":
    main()
