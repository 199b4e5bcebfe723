"""Every exception that micronets raises on purpose.

MicronetsError
 ├─ ModelError                     the Keras model cannot be compiled
 │   ├─ UnsupportedLayerError      lists every offending layer at once
 │   ├─ ShapeError                 an input size or a tensor shape does not fit
 │   └─ RamBudgetError             no schedule needs as little RAM as asked for
 ├─ QuantizationError              calibration is missing, empty or degenerate
 ├─ DataError                      training or test data has the wrong shape, type or content
 ├─ ToolchainError                 a compiler or an emulator is missing or failed
 ├─ VerificationError              the header and Python disagree
 ├─ LinkError                      a board on a serial port does not answer as it should
 ├─ InstallationError              files of the package, or packages of an extra, are missing
 └─ InternalError                  a pass broke an invariant: our bug

Every message says what, where, what was received and what to do.
"""


class MicronetsError(Exception):
    """Base of all errors of this package."""


class ModelError(MicronetsError):
    """The Keras model cannot be compiled."""


class UnsupportedLayerError(ModelError):
    """Layers have no micronets operator; the message lists every one of them."""


class ShapeError(ModelError):
    """An input size or a tensor shape does not fit."""


class RamBudgetError(ModelError):
    """No schedule of the model needs as little RAM as asked for; says what would fit."""


class QuantizationError(MicronetsError):
    """Calibration data is missing, empty or degenerate, or a range cannot be represented."""


class DataError(MicronetsError, ValueError):
    """Data has the wrong shape, type or content."""


class ToolchainError(MicronetsError):
    """A compiler or an emulator is missing or failed."""


class VerificationError(MicronetsError):
    """The header and Python disagree."""


class LinkError(MicronetsError):
    """A board on a serial port does not answer, or not as it should."""


class InstallationError(MicronetsError):
    """Templates or kernels are missing from the installed package, or packages of an extra."""


class InternalError(MicronetsError):
    """A pass broke an invariant of the graph: a bug of micronets, please report it."""
