"""From a schedule to C++ text."""

from micronets.codegen.emit.header import Header, emit_header
from micronets.codegen.emit.options import EmitOptions, check_options

__all__ = ["EmitOptions", "Header", "check_options", "emit_header"]
