"""From a Keras model to a graph."""

from micronets.codegen.frontend.build_graph import build_graph
from micronets.codegen.frontend.keras_model import KerasModel, read_model

__all__ = ["KerasModel", "build_graph", "read_model"]
