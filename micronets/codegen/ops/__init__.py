"""All operators. A new one is a file here, a kernel header and one line in this list."""

from __future__ import annotations

from micronets.codegen.ops.add import Add
from micronets.codegen.ops.affine import Affine
from micronets.codegen.ops.base import OpSpec
from micronets.codegen.ops.concatenate import Concatenate
from micronets.codegen.ops.conv2d import Conv2D
from micronets.codegen.ops.dense import Dense
from micronets.codegen.ops.depthwise_conv2d import DepthwiseConv2D
from micronets.codegen.ops.detect_head import DetectHead
from micronets.codegen.ops.elementwise import LeakyRelu, Relu, Sigmoid, Tanh
from micronets.codegen.ops.identity import IDENTITY_LAYERS
from micronets.codegen.ops.l2_norm import L2Norm
from micronets.codegen.ops.max_out import MaxOut
from micronets.codegen.ops.pool2d import AveragePool2D, MaxPool2D
from micronets.codegen.ops.reshape import Reshape
from micronets.codegen.ops.rnnpool2d import RNNPool2D
from micronets.codegen.ops.softmax import Softmax
from micronets.codegen.ops.zero_pad2d import ZeroPad2D

_OPERATORS = (
    Add(),
    Affine(),
    AveragePool2D(),
    Concatenate(),
    Conv2D(),
    Dense(),
    DepthwiseConv2D(),
    DetectHead(),
    L2Norm(),
    LeakyRelu(),
    MaxOut(),
    MaxPool2D(),
    Relu(),
    Reshape(),
    RNNPool2D(),
    Sigmoid(),
    Softmax(),
    Tanh(),
    ZeroPad2D(),
)

REGISTRY: dict[str, OpSpec] = {op.name: op for op in _OPERATORS}
"""Every operator by name."""

KERAS_LAYERS: dict[str, OpSpec] = {layer: op for op in _OPERATORS for layer in op.keras_layers}
"""The operator that imports each Keras layer class."""

SUPPORTED_LAYERS = tuple(sorted({*KERAS_LAYERS, *IDENTITY_LAYERS, "InputLayer"}))
"""Names of all Keras layers that can be compiled."""
