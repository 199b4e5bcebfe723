"""Trains a face detector on WIDER FACE or a part of it, in stages, and goes on if it was killed.

Run it as `python -m micronets.experiments.train_faces --data wider_subset_384.zip --folder m4`; on
several workers, which share a folder, with a TF_CONFIG for each.
"""

import dataclasses
import os
from pathlib import Path
from typing import Any

import click

from micronets.quiet import import_keras_quietly

NETS = {"m4": "RNNPoolFaceM4", "qvga": "RNNPoolFaceQVGA"}


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of a training.

    Attributes:
        name: Goes into the names of its files.
        epochs: Passes over the pictures.
        learning_rate: Peak.
        batch_size: Windows or frames per step.
        warmup_epochs: Epochs in which the rate rises.
        validate_every: Epochs from one judgement to the next.
        is_framed: Whether it trains on frames of the net's size and not on small windows.
        is_sparse: Whether the matrices of the recurrent cells are thresholded.
    """

    name: str
    epochs: int
    learning_rate: float
    batch_size: int = 32
    warmup_epochs: float = 1.0
    validate_every: int = 10
    is_framed: bool = False
    is_sparse: bool = False


# Windows show many faces in little time; frames then settle normalizations and false alarms.
STAGES = (
    Stage("windows", 130, 3e-3, warmup_epochs=3),
    Stage("frames", 10, 1e-3, 16, 0.5, 2, is_framed=True),
    Stage("sparse_windows", 16, 1e-3, is_sparse=True),
    Stage("sparse_frames", 8, 8e-4, 16, 0.5, 2, is_framed=True, is_sparse=True),
)


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True), help="Zip or folder.")
@click.option("--folder", required=True, type=click.Path(file_okay=False), help="For its files.")
@click.option("--net", default="m4", show_default=True, type=click.Choice(list(NETS)))
@click.option(
    "--epochs", default=1.0, show_default=True, help="Factor on the epochs of all stages."
)
@click.option("--seed", default=0, show_default=True, help="Of first weights, order and changes.")
@click.option(
    "--start",
    type=click.Choice(list(NETS)),
    help="Begin with the layers that the weights of this net which ship have in common with it.",
)
@click.option("--ship", is_flag=True, help="Write the weights into the package.")
def main(
    data: str, folder: str, net: str, epochs: float, seed: int, start: str | None, ship: bool
) -> None:
    """Train a net; print its average precision on the validation pictures, stage by stage."""
    strategy = choose_strategy()
    from micronets import models
    from micronets.data import load_wider
    from micronets.models.arguments import snake_case
    from micronets.models.pretrained import save_pretrained
    from micronets.models.several_workers import is_chief

    train, val = load_wider(data, "train"), load_wider(data, "val")
    with strategy.scope():
        detector = getattr(models, NETS[net])(seed=seed).build()
    if start:
        copy_layers(getattr(models, NETS[start])(weights="wider").model, detector.model)
    for number, stage in enumerate(STAGES):
        if stage.is_sparse and not detector.kept:
            continue
        weights = Path(folder) / f"{number}_{stage.name}.weights.h5"
        if weights.is_file():
            detector.load_weights(weights)
            continue
        _run(detector, stage, epochs, weights.with_name(f"{number}_{stage.name}.npz"), train, val)
        if is_chief(detector.model):
            detector.save_weights(weights)
            click.echo(f"{stage.name}: {describe(detector.evaluate(val))}")
    if ship and is_chief(detector.model):
        kind = snake_case(NETS[net])
        path = save_pretrained(detector.model, kind, "wider")
        shipped = getattr(models, NETS[net])(weights="wider")
        click.echo(f"{path}: {describe(shipped.evaluate(val))}")


def choose_strategy() -> Any:
    """All workers that TF_CONFIG tells of, or all GPUs of this machine, or what there is.

    Loads TensorFlow and Keras, which nothing may have used before.
    """
    # Loading quietly starts the devices, and workers must have found each other before.
    has_workers = "TF_CONFIG" in os.environ
    if not has_workers:
        import_keras_quietly()
    import tensorflow as tf

    if has_workers:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def describe(result: Any) -> str:
    """Average precision, and precision and recall at a threshold of 0.5, in words."""
    precision, recall = result.at(0.5)
    return (
        f"average precision {result.average_precision:.3f} ({result.faces} faces), at 0.5 "
        f"precision {precision:.2f} and recall {recall:.2f}"
    )


def copy_layers(source: Any, target: Any) -> list[str]:
    """Give layers of a Keras model the weights of another's of the same names and shapes.

    Returns:
        The names of the layers.
    """
    known = {layer.name: layer for layer in source.layers if layer.weights}
    copied = []
    for layer in target.layers:
        shapes = [weight.shape for weight in layer.weights]
        twin = known.get(layer.name)
        if twin is not None and shapes == [weight.shape for weight in twin.weights]:
            layer.set_weights(twin.get_weights())
            copied.append(layer.name)
    return copied


def _run(detector: Any, stage: Stage, factor: float, state: Path, train: Any, val: Any) -> None:
    """Train one stage, with an optimizer of its own."""
    import keras

    from micronets.detection.windows import Windows
    from micronets.models.several_workers import device_scope

    frames = Windows(size=None, least_scale=0.75, most_scale=1.35, largest_face=200.0)
    config = detector.config
    config.learning_rate = stage.learning_rate
    config.warmup_epochs = stage.warmup_epochs
    config.validate_every = stage.validate_every
    config.resume_path = state
    with device_scope(detector.model):
        detector.compile(
            keras.optimizers.AdamW(stage.learning_rate, weight_decay=1e-4, global_clipnorm=10.0)
        )
    detector.fit(
        train,
        val,
        epochs=max(1, round(stage.epochs * factor)),
        batch_size=stage.batch_size,
        augmentation=frames if stage.is_framed else Windows(),
        sparsity=detector.kept if stage.is_sparse else None,
    )


if __name__ == "__main__":
    main()
