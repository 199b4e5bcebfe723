"""The zoo: nets that are trained the Keras way and export themselves."""

from micronets.models.config import Config
from micronets.models.mobilenet import (
    BaseMobileNet,
    MicroMobileNet,
    MilliMobileNet,
    MobileNet,
    NanoMobileNet,
    PicoMobileNet,
)
from micronets.models.net import Net
from micronets.models.registry import ModelCard, create_model, list_models, model_card

__all__ = [
    "BaseMobileNet",
    "Config",
    "MicroMobileNet",
    "MilliMobileNet",
    "MobileNet",
    "ModelCard",
    "NanoMobileNet",
    "Net",
    "PicoMobileNet",
    "create_model",
    "list_models",
    "model_card",
]
