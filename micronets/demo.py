"""The main job in one command: train, export, compile, compare, draw.

Run it as `python -m micronets.demo --output build/demo`.
"""

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from micronets.quiet import import_keras_quietly

EPOCHS = 60
COLUMNS, ROWS = 8, 4


@click.command()
@click.option("--output", default="build/demo", show_default=True, help="Folder for the results.")
@click.option("--epochs", default=EPOCHS, show_default=True, help="Passes over the training data.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same net.")
def main(output: str, epochs: int, seed: int) -> None:
    """Train PicoMobileNet on handwritten digits, export it and run it in C++."""
    import_keras_quietly()
    from micronets.data import load_digits

    folder = Path(output)
    train, test = load_digits()
    click.echo(f"1. Train PicoMobileNet on {len(train[0]):,} handwritten digits")
    net = train_net(train, epochs, seed)
    keras_answers = net.predict(test[0])

    click.echo("\n2. Export it as one C++ header")
    export = net.export_cpp(folder / "digits.h", labels=[str(digit) for digit in range(10)])
    click.echo(str(export))

    click.echo(f"\n3. Compile the header and run all {len(test[0])} test images through it")
    result = export.verify(test[0])
    report(test[1], keras_answers, result)

    picture = draw(folder / "digits.png", test, np.asarray(result.labels))
    click.echo(f"\nWrote {folder / 'digits.h'} and {picture}")
    if not result.ok:
        raise click.ClickException("C++ and Keras disagree; please report this as a bug")


def train_net(train: tuple[np.ndarray, np.ndarray], epochs: int, seed: int) -> Any:
    """Train on the training part; the best epoch is chosen on a tenth of it, set aside."""
    from micronets import PicoMobileNet

    net = PicoMobileNet(10, seed=seed)
    started = time.monotonic()
    net.fit(*train, epochs=epochs)
    click.echo(f"   trained in {time.monotonic() - started:.0f} s")
    return net


def report(labels: np.ndarray, keras_answers: np.ndarray, result: Any) -> None:
    """Print how often each side is right, and how far they lie apart."""
    keras_accuracy = (keras_answers.argmax(axis=1) == labels).mean()
    cpp_accuracy = (np.asarray(result.labels) == labels).mean()
    click.echo(f"   test accuracy in Keras  {keras_accuracy:8.2%}")
    click.echo(f"   test accuracy in C++    {cpp_accuracy:8.2%}")
    click.echo(f"   largest difference      {result.max_difference:8.1e}")


def draw(path: Path, test: tuple[np.ndarray, np.ndarray], answers: np.ndarray) -> Path:
    """Draw some digits with what the C++ answered, all of its mistakes first."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise click.ClickException(
            "the picture needs matplotlib: pip install 'micronets[plots]'"
        ) from None

    images, labels = test
    wrong = np.flatnonzero(answers != labels)
    right = np.flatnonzero(answers == labels)
    # Spread over the test set, so that the right ones show every digit.
    right = right[np.linspace(0, len(right) - 1, ROWS * COLUMNS).astype(int)]
    shown = np.concatenate([right, wrong])[-ROWS * COLUMNS :][::-1]
    figure = Figure(figsize=(COLUMNS * 1.2, ROWS * 1.5), layout="constrained")
    accuracy = (answers == labels).mean()
    figure.suptitle(
        f"What digits.h answered: {len(wrong)} of {len(labels)} wrong, {accuracy:.1%} right"
    )
    for axes, index in zip(figure.subplots(ROWS, COLUMNS).flat, shown, strict=True):
        axes.imshow(images[index, ..., 0], cmap="gray_r")
        axes.set_axis_off()
        is_right = answers[index] == labels[index]
        text = str(answers[index]) if is_right else f"{answers[index]}, but is {labels[index]}"
        axes.set_title(text, color="black" if is_right else "crimson", fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    return path


if __name__ == "__main__":
    main()
