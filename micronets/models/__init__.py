"""The zoo: nets that are trained the Keras way and export themselves."""

from micronets.models.config import Config
from micronets.models.face import RNNPoolFaceM4, RNNPoolFaceQVGA
from micronets.models.mobilenet import (
    BaseMobileNet,
    MicroMobileNet,
    MilliMobileNet,
    MobileNet,
    NanoMobileNet,
    PicoMobileNet,
)
from micronets.models.mobilenet_v2 import MobileNetV2, MobileNetV2RNNPool
from micronets.models.net import Net
from micronets.models.registry import ModelCard, create_model, list_models, model_card
from micronets.models.rnnpool import FastGRNNCell, RNNPool2D

__all__ = [
    "BaseMobileNet",
    "Config",
    "FastGRNNCell",
    "MicroMobileNet",
    "MilliMobileNet",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV2RNNPool",
    "ModelCard",
    "NanoMobileNet",
    "Net",
    "PicoMobileNet",
    "RNNPool2D",
    "RNNPoolFaceM4",
    "RNNPoolFaceQVGA",
    "create_model",
    "list_models",
    "model_card",
]
