"""A face detector that was read from a file: the Keras model, with `detect` and `export_cpp`."""

from __future__ import annotations

from typing import Any

import keras

from micronets.detection.priors import QVGA_PRIORS
from micronets.errors import ModelError
from micronets.models.arguments import snake_case
from micronets.models.face import RNNPoolFace, RNNPoolFaceM4, RNNPoolFaceQVGA


class SavedDetector(RNNPoolFace):
    """A Keras model whose heads are those of the face nets.

    Attributes:
        heads: The layers that give the offsets of each head.
    """

    def __init__(self, model: keras.Model, name: str) -> None:
        """Wrap a model.

        Args:
            model: One image in; offsets (priors, 4) and scores (priors, 2) out, from layers
                `head_1_loc` to `head_4_loc` as `RNNPoolFaceM4` has them.
            name: Where it comes from, for the message.

        Raises:
            ModelError: It is another model.
        """
        layers = {layer.name: layer for layer in model.layers}
        names = [f"head_{number}_loc" for number, _ in enumerate(QVGA_PRIORS.steps, start=1)]
        self.heads = [layers[name] for name in names if name in layers]
        if len(self.heads) < len(names) or len(model.inputs) != 1 or None in model.input_shape[1:]:
            raise ModelError(_refusal(model, name))
        super().__init__(model.input_shape[1:], name=model.name)
        self._model = model
        count = len(self.form.priors)
        if [tuple(output.shape[1:]) for output in model.outputs] != [(count, 4), (count, 2)]:
            raise ModelError(_refusal(model, name))

    @property
    def map_sizes(self) -> list[tuple[int, int]]:
        """(height, width) of the map that each head looks at."""
        return [(int(head.output.shape[1]), int(head.output.shape[2])) for head in self.heads]

    def export_options(self, **given: Any) -> dict[str, Any]:
        """What an export must know of the model that its file does not say.

        Args:
            **given: Options of the export, on which others may depend.
        """
        options = self._export_options(given)
        names = {snake_case(net.__name__): net.__name__ for net in (RNNPoolFaceM4, RNNPoolFaceQVGA)}
        options["class_name"] = names.get(self.name)
        return options


def _refusal(model: keras.Model, name: str) -> str:
    shapes = [tuple(output.shape) for output in model.outputs]
    return (
        f"{name!r} is no face detector such as RNNPoolFaceM4: a model of one image, with the heads "
        "head_1_loc to head_4_loc, which gives offsets (priors, 4) and scores (priors, 2). "
        f"Received: {model.input_shape} to {shapes}"
    )
