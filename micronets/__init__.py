"""Train a small vision net the Keras way, export one C++ header, run it on a microcontroller.

Names are loaded when they are first used, so `import micronets` is quick and the compiler works
without TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from micronets._version import __version__ as __version__

_HOMES = {
    "BaseMobileNet": "micronets.models",
    "Detector": "micronets.codegen.detector",
    "Export": "micronets.codegen.pipeline",
    "FastGRNNCell": "micronets.models",
    "MicroMobileNet": "micronets.models",
    "MicronetsError": "micronets.errors",
    "MilliMobileNet": "micronets.models",
    "MobileNetV2": "micronets.models",
    "MobileNetV2RNNPool": "micronets.models",
    "NanoMobileNet": "micronets.models",
    "PicoMobileNet": "micronets.models",
    "RNNPool2D": "micronets.models",
    "RNNPoolFaceM4": "micronets.models",
    "RNNPoolFaceQVGA": "micronets.models",
    "create_model": "micronets.models",
    "export_arduino": "micronets.codegen.arduino",
    "export_cpp": "micronets.codegen.pipeline",
    "grey_from_rgb": "micronets.data.camera",
    "grey_from_rgb565": "micronets.data.camera",
    "list_models": "micronets.models",
    "rgb_from_rgb565": "micronets.data.camera",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - one list of names is enough


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'micronets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
