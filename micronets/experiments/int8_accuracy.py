"""Trains the five nets on Fashion-MNIST and measures what int8 costs, by range observer.

Run it as `python -m micronets.experiments.int8_accuracy --data fashion_mnist.npz`; the file has the
arrays x_train, y_train, x_test and y_test, as Keras's own copy.
"""

from pathlib import Path

import click
import numpy as np

from micronets.quiet import import_keras_quietly


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True), help="fashion_mnist.npz")
@click.option("--images", default=10_000, show_default=True, help="Training images to use.")
@click.option("--tests", default=10_000, show_default=True, help="Test images to use.")
@click.option("--epochs", default=5, show_default=True, help="Passes over the training images.")
@click.option("--seed", default=0, show_default=True, help="One seed for all nets.")
@click.option("--only", default="*", show_default=True, help="Pattern for the nets' names.")
@click.option("--save", type=click.Path(file_okay=False), help="Folder for the trained nets.")
def main(
    data: str, images: int, tests: int, epochs: int, seed: int, only: str, save: str | None
) -> None:
    """Print test accuracies, a Markdown table."""
    import_keras_quietly()
    from micronets import create_model, list_models
    from micronets.codegen.observers import OBSERVERS
    from micronets.codegen.pipeline import compile_model
    from micronets.data import resize_images

    with np.load(data) as arrays:
        train_x = resize_images(arrays["x_train"][:images], (96, 96))
        test_x = resize_images(arrays["x_test"][:tests], (96, 96))
        train_y, test_y = arrays["y_train"][:images], arrays["y_test"][:tests]
    click.echo(f"| net | float32 | {' | '.join(OBSERVERS)} |")
    click.echo("|---|" + "---|" * (len(OBSERVERS) + 1))
    for name in list_models(only):
        net = create_model(name, 10, batch_norm=True, seed=seed)
        weights = Path(save or ".") / f"{name}.weights.h5"
        if save and weights.is_file():
            net.load_weights(weights)
        else:
            net.fit(train_x, train_y, epochs=epochs, verbose=0)
            net.calibration = None
            if save:
                net.save_weights(weights)
        exports = [
            compile_model(net, dtype="int8", calibration=train_x[:256], observer=observer)
            for observer in OBSERVERS
        ]
        answers = [net.predict(test_x), *(export.predict(test_x) for export in exports)]
        shares = [(answer.argmax(axis=1) == test_y).mean() for answer in answers]
        click.echo(f"| {name} | " + " | ".join(f"{share:.2%}" for share in shares) + " |")


if __name__ == "__main__":
    main()
