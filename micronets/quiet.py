"""Loads Keras without the log lines that TensorFlow's C++ prints while it is loaded.

TF_CPP_MIN_LOG_LEVEL comes too late for them: they appear before TensorFlow sets up its log.
"""

import contextlib
import os
import sys
from collections.abc import Iterator


def import_keras_quietly() -> None:
    """Load Keras and its backend; what TensorFlow logs meanwhile is dropped, errors are not."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _no_stderr():
        import keras

        # The first tensor starts the backend's devices, which log as well.
        keras.ops.zeros(1)


@contextlib.contextmanager
def _no_stderr() -> Iterator[None]:
    """Send what C++ code writes to stderr nowhere; Python's sys.stderr would not catch it."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
