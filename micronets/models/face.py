"""The RNNPool face detectors for grey images of 240x320 pixels.

Saha et al., "RNNPool", NeurIPS 2020 (arXiv:2002.11921), the section and appendix on face detection:
heads and priors as those of S3FD (arXiv:1708.05237), on a trunk that RNNPool2D takes down to an
eighth of the image.
"""

import dataclasses
from types import MappingProxyType
from typing import Any, ClassVar

import keras

from micronets.codegen.detector import Detector as DetectorLayout
from micronets.detection.calibration import drawn_calibration
from micronets.detection.pixels import MEAN_GREY
from micronets.detection.priors import QVGA_PRIORS, PriorLayout
from micronets.errors import ShapeError
from micronets.models.arguments import snake_case
from micronets.models.blocks import bottleneck, convolution
from micronets.models.detector import Detector
from micronets.models.head_layers import L2Norm, MaxOutBackground
from micronets.models.initializers import fan_in_uniform
from micronets.models.pretrained import checked_weights, load_pretrained
from micronets.models.rnnpool import RNNPool2D

_STEM_FILTERS = 4
_RNN_UNITS = 16
_PATCH = 8
_PATCH_STRIDE = 4
_EXPANSION = 2
_BACKGROUNDS = 3
# The stem halves the image, and what is left must hold a patch.
_SMALLEST_SIDE = 2 * _PATCH - 1
# Options of an export that belong to the detector.
_LIMITS = ("max_detections", "max_candidates", "most_overlap")


@dataclasses.dataclass(frozen=True)
class Stage:
    """A row of bottlenecks, and a head that looks at what they give.

    Attributes:
        filters: Outputs of each bottleneck.
        count: Number of bottlenecks.
        stride: Stride of the first one.
        scale: First scale of the L2Norm in front of the head, or None for no L2Norm.
    """

    filters: int
    count: int
    stride: int
    scale: float | None


class RNNPoolFace(Detector):
    """Stem, RNNPool2D, and four stages with a head each; a subclass is its stages.

    The Keras model takes images of grey values minus 117.312 (`pixel_offset`) and returns two maps
    of one row per prior, head after head, each head's map row by row: `loc` (batch, priors, 4), the
    offsets of centre and size, and `conf` (batch, priors, 2), scores of background and face before
    a softmax. There is one square prior per pixel of a head's map.

    Attributes:
        stages: What stands behind RNNPool2D.
        weights: Name of the trained weights that it began with, or None.
    """

    pixel_scale: ClassVar[float] = 1.0
    pixel_offset: ClassVar[float] = -MEAN_GREY
    stages: ClassVar[tuple[Stage, ...]] = ()
    priors: ClassVar[PriorLayout] = QVGA_PRIORS

    def __init__(
        self,
        input_shape: tuple[int, int, int] = (240, 320, 1),
        *,
        weights: str | None = None,
        name: str | None = None,
        seed: int | None = 0,
    ) -> None:
        """Describe a detector; its weights are made when they are first needed.

        Args:
            input_shape: (height, width, 1) of the images, at least 15x15 pixels.
            weights: "wider" for those trained on a part of WIDER FACE, for research only: see
                docs/model_cards. None takes random ones.
            name: Name of the Keras model; the class's name in snake case by default.
            seed: Fixes the first weights; None takes random ones.

        Raises:
            ShapeError: If the images are too small.
            ValueError: If another argument is not allowed.
        """
        super().__init__(input_shape, name=name, seed=seed)
        self.weights = checked_weights(self._kind, weights)

    def check_input_shape(self, shape: tuple[int, int, int]) -> None:
        """Refuse shapes that this architecture cannot work on.

        Raises:
            ShapeError: If no patch fits into the image.
            ValueError: If there is more than one channel.
        """
        height, width, channels = shape
        if channels != 1:
            raise ValueError(
                f"{type(self).__name__} takes 1 channel (grey), received {channels} in "
                f"input_shape={shape}, which is read as (height, width, channels); "
                "micronets.grey_from_rgb makes colours grey"
            )
        if min(height, width) < _SMALLEST_SIDE:
            raise ShapeError(
                f"{type(self).__name__} needs images of at least {_SMALLEST_SIDE}x{_SMALLEST_SIDE} "
                f"pixels, received input_shape={shape}; use "
                f"({max(height, _SMALLEST_SIDE)}, {max(width, _SMALLEST_SIDE)}, 1)"
            )

    @property
    def map_sizes(self) -> list[tuple[int, int]]:
        """(height, width) of the map that each head looks at."""
        heads = (self.model.get_layer(f"head_{n}_loc") for n, _ in enumerate(self.stages, start=1))
        return [(int(head.output.shape[1]), int(head.output.shape[2])) for head in heads]

    def detector(self, **limits: Any) -> DetectorLayout:
        """What an exported header needs to turn outputs into boxes.

        Args:
            **limits: max_detections, max_candidates and most_overlap; see
                `micronets.codegen.detector.Detector`.
        """
        return DetectorLayout(self.priors.steps, self.priors.sides, **limits)

    def _export_options(self, options: dict[str, Any]) -> dict[str, Any]:
        known = super()._export_options(options)
        if "detector" not in known:
            limits = {name: known.pop(name) for name in _LIMITS if name in known}
            known["detector"] = self.detector(**limits)
        if known.get("dtype") == "int8" and known["calibration"] is None:
            known["calibration"] = drawn_calibration(self.form.size)
        return known

    def make_model(self) -> keras.Model:
        """Build the Keras model of this detector with fresh weights."""
        image = keras.Input(self.input_shape, name="image")
        x = convolution(image, _STEM_FILTERS, 3, "stem", self.next_seed, stride=2)
        x = RNNPool2D(
            _RNN_UNITS,
            patch_size=_PATCH,
            strides=_PATCH_STRIDE,
            edge_padding=1,
            seed=self.next_seed(),
            name="rnnpool",
        )(x)
        locs, confs = [], []
        block = 0
        for number, stage in enumerate(self.stages, start=1):
            for index in range(stage.count):
                block += 1
                stride = stage.stride if index == 0 else 1
                x = bottleneck(
                    x, stage.filters, stride, _EXPANSION, f"block_{block}", self.next_seed
                )
            loc, conf = self._head(x, stage, f"head_{number}", max_out=number == 1)
            locs.append(loc)
            confs.append(conf)
        outputs = [
            keras.layers.Concatenate(axis=1, name="loc")(locs),
            keras.layers.Concatenate(axis=1, name="conf")(confs),
        ]
        model = keras.Model(image, outputs, name=self.name)
        if self.weights is not None:
            load_pretrained(model, self._kind, self.weights)
        return model

    @property
    def _kind(self) -> str:
        return snake_case(type(self).__name__)

    def _head(self, x: Any, stage: Stage, name: str, *, max_out: bool) -> tuple[Any, Any]:
        """Offsets and scores, one row per pixel of the map."""
        layers = keras.layers
        if stage.scale is not None:
            x = L2Norm(stage.scale, name=f"{name}_l2norm")(x)
        loc = self._predict(x, 4, f"{name}_loc")
        conf = self._predict(x, _BACKGROUNDS + 1 if max_out else 2, f"{name}_conf")
        if max_out:
            conf = MaxOutBackground(name=f"{name}_max_out")(conf)
        return (
            layers.Reshape((-1, 4), name=f"{name}_loc_rows")(loc),
            layers.Reshape((-1, 2), name=f"{name}_conf_rows")(conf),
        )

    def _predict(self, x: Any, filters: int, name: str) -> Any:
        fan_in = 9 * x.shape[-1]
        return keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            kernel_initializer=fan_in_uniform(self.next_seed(), fan_in),
            bias_initializer=fan_in_uniform(self.next_seed(), fan_in),
            name=name,
        )(x)


class RNNPoolFaceM4(RNNPoolFace):
    """56,330 parameters, 103.3 million multiply-accumulates and 3,000 priors at 240x320.

    Example:
        >>> RNNPoolFaceM4().map_sizes
        [(30, 40), (30, 40), (15, 20), (15, 20)]
    """

    stages = (
        Stage(32, 1, 1, 10.0),
        Stage(32, 1, 1, 8.0),
        Stage(64, 1, 2, 5.0),
        Stage(64, 1, 1, None),
    )
    kept = MappingProxyType(
        {
            "rnnpool/rnn1/kernel": 0.5,
            "rnnpool/rnn1/recurrent_kernel": 0.3,
            "rnnpool/rnn2/kernel": 0.3,
            "rnnpool/rnn2/recurrent_kernel": 0.3,
        }
    )


class RNNPoolFaceQVGA(RNNPoolFace):
    """338,538 parameters, 211.1 million multiply-accumulates and 3,000 priors at 240x320."""

    stages = (
        Stage(32, 4, 1, 10.0),
        Stage(32, 4, 1, 8.0),
        Stage(96, 3, 2, 5.0),
        Stage(128, 3, 1, None),
    )
