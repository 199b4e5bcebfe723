"""Turns a Keras model that was read into a graph, or says everything that stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from micronets.codegen.frontend.keras_model import KerasModel
from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.literals import LONGEST_LAYER, identifiers
from micronets.codegen.ops import KERAS_LAYERS, REGISTRY, SUPPORTED_LAYERS
from micronets.codegen.ops.base import KerasLayer, Step, Unsupported
from micronets.codegen.ops.identity import IDENTITY_LAYERS
from micronets.codegen.verifier import verify_graph
from micronets.errors import ModelError, ShapeError, UnsupportedLayerError

Problem = tuple[str, str, str]


def build_graph(model: KerasModel) -> Graph:
    """The graph of a model, with C++ identifiers as names.

    Raises:
        UnsupportedLayerError: Lists every layer that has no operator, with the reason.
        ShapeError: The input's shape is not fixed, or a map is empty.
        ModelError: More than one input, no layers, or weights that are not finite.
    """
    source = _single_input(model)
    tensors = {source.name: source}
    problems: list[Problem] = list(model.problems)
    nodes: list[Node] = []
    for layer in model.layers:
        known = {name for name, _, _ in problems}
        inputs = [tensors[name] for name in layer.inputs if name in tensors]
        if not inputs or layer.name in known:
            steps: list[Step] = []
        else:
            steps = _steps(layer, inputs, problems)
        created = _nodes(layer, inputs, steps, problems) if steps else []
        nodes += created
        tensors[layer.name] = _output(layer, inputs, created)
    if problems:
        raise UnsupportedLayerError(_report(model, problems))
    _refuse_bad_weights(model)
    if not nodes:
        raise ModelError(f"model {model.name!r} has no layers that compute anything.")
    outputs = tuple(tensors[name].name for name in model.outputs)
    if source.name in outputs:
        raise ModelError(
            f"model {model.name!r} returns its own input {source.name!r}; "
            "the caller has it already. Leave it out of the model's outputs."
        )
    graph = Graph(model.name, source, tuple(nodes), outputs)
    return verify_graph(_with_identifiers(graph), after="import")


def _single_input(model: KerasModel) -> Tensor:
    if len(model.inputs) != 1:
        names = ", ".join(name for name, _ in model.inputs)
        raise ModelError(
            f"model {model.name!r} has {len(model.inputs)} inputs ({names}); "
            "a header has exactly one. Concatenate them into one image, or split the model."
        )
    name, shape = model.inputs[0]
    sides = tuple(side for side in shape if side is not None)
    if len(sides) != len(shape):
        raise ShapeError(
            f"model {model.name!r} has an input of shape {shape}; every side must be fixed, "
            "since all buffers are sized at export. Rebuild the model with "
            "keras.Input((height, width, channels))."
        )
    if len(sides) not in (1, 2, 3) or min(sides) < 1:
        raise ShapeError(
            f"model {model.name!r} has an input of shape {shape}; (height, width, channels), "
            "(rows, channels) or (values,) is supported."
        )
    tensor = Tensor(name, sides, Layout.INTERLEAVED)
    return replace(tensor, layout=Layout.PLANAR) if tensor.layouts_agree else tensor


def _steps(layer: KerasLayer, inputs: Sequence[Tensor], problems: list[Problem]) -> list[Step]:
    if layer.class_name in IDENTITY_LAYERS:
        return []
    op = KERAS_LAYERS.get(layer.class_name)
    try:
        if op is None:
            raise Unsupported("no operator for this layer")
        return op.from_keras(layer, inputs)
    except Unsupported as reason:
        problems.append((layer.name, layer.class_name, str(reason)))
        return []


def _nodes(
    layer: KerasLayer, inputs: Sequence[Tensor], steps: Sequence[Step], problems: list[Problem]
) -> list[Node]:
    names = _step_names(layer, steps)
    nodes: list[Node] = []
    current = list(inputs)
    for name, step in zip(names, steps, strict=True):
        op = REGISTRY[step.op]
        constants = {role: np.ascontiguousarray(array) for role, array in step.constants.items()}
        # Keras adds any number of tensors; the operator takes two at a time.
        pairs = [current[:1]] if op.input_count == 1 else [current]
        if op.input_count == 2:
            pairs = [[tensor] for tensor in current[1:]]
        for number, operands in enumerate(pairs):
            arguments = [current[0], *operands] if op.input_count == 2 else operands
            last = number == len(pairs) - 1
            shape = op.infer(step.attributes, arguments)
            if min(shape) < 1:
                sizes = ", ".join(str(tensor.shape) for tensor in arguments)
                reason = f"its output {shape} is empty: the input {sizes} is too small"
                problems.append((layer.name, layer.class_name, reason))
                return nodes
            output = Tensor(name if last else f"{name}_{number + 1}", shape)
            sources = tuple(tensor.name for tensor in arguments)
            nodes.append(Node(step.op, step.attributes, sources, output, constants, (layer.name,)))
            current = [output, *current[1:]]
        current = current[:1]
    return nodes


def _step_names(layer: KerasLayer, steps: Sequence[Step]) -> list[str]:
    """The step that the layer is named after keeps the layer's name."""
    op = KERAS_LAYERS[layer.class_name].name
    own = next((i for i, step in enumerate(steps) if step.op == op), 0)
    return [layer.name if i == own else f"{layer.name}_{step.op}" for i, step in enumerate(steps)]


def _output(layer: KerasLayer, inputs: Sequence[Tensor], created: Sequence[Node]) -> Tensor:
    """What readers of the layer read; a layer with a problem stands in with Keras's own shape."""
    if created:
        return created[-1].output
    if inputs and (layer.class_name in IDENTITY_LAYERS or not layer.output_shape):
        return inputs[0]
    if inputs and inputs[0].shape == layer.output_shape:
        return inputs[0]
    return Tensor(layer.name, layer.output_shape or (1,))


def _report(model: KerasModel, problems: Sequence[Problem]) -> str:
    unique = list(dict.fromkeys(problems))
    width = max(len(name) for name, _, _ in unique)
    kinds = max(len(kind) for _, kind, _ in unique) + 2
    lines = [
        f"    {name:<{width}}  {f'({kind})':<{kinds}}  {reason}" for name, kind, reason in unique
    ]
    count = len({name for name, _, _ in unique})
    what = "1 layer" if count == 1 else f"{count} layers"
    return "\n".join(
        [
            f"{what} of {model.name!r} cannot be compiled:",
            *lines,
            f"Supported layers: {', '.join(SUPPORTED_LAYERS)}.",
            "To add one, see docs/adding_an_operator.md.",
        ]
    )


def _refuse_bad_weights(model: KerasModel) -> None:
    bad = [
        f"{layer.name}/{role}"
        for layer in model.layers
        for role, array in layer.weights.items()
        if not np.isfinite(array).all()
    ]
    if bad:
        raise ModelError(
            f"model {model.name!r} has weights that are NaN or infinite: {', '.join(bad)}. "
            "Its training diverged: train it again with a lower learning rate."
        )


def _with_identifiers(graph: Graph) -> Graph:
    names = [graph.input.name, *(node.name for node in graph.nodes)]
    new = dict(zip(names, identifiers(names, LONGEST_LAYER), strict=True))
    nodes = [
        replace(
            node,
            inputs=tuple(new[name] for name in node.inputs),
            output=replace(node.output, name=new[node.name]),
        )
        for node in graph.nodes
    ]
    return replace(
        graph,
        input=replace(graph.input, name=new[graph.input.name]),
        nodes=tuple(nodes),
        outputs=tuple(new[name] for name in graph.outputs),
    )
