"""Hypothesis strategies for graphs, as text: a failure prints a net that one can read and rerun."""

from __future__ import annotations

from typing import Any

from graph_text import parse_graph
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from micronets.codegen.graph import Graph

Shape = tuple[int, ...]

_ACTIVATIONS = ("linear", "linear", "relu", "relu6", "relu0.5")
_FEWEST, _MOST = 1, 9


def batches(count: int) -> settings:
    """Settings of a test that compiles a program for each example, always the same ones.

    Shrinking would compile hundreds of programs; the message shows the net as text instead.
    """
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Nets of 1 to 9 nodes with branches, joins, views and several heads."""
    return parse_graph(draw(graph_texts()))


@st.composite
def graph_texts(
    draw: st.DrawFn, largest_side: int = 7, most_filters: int = 5, most_nodes: int = _MOST
) -> str:
    """The same as text; images of up to `largest_side`, convolutions of up to `most_filters`."""
    sides = st.integers(1, largest_side)
    image = (draw(sides), draw(sides), draw(st.integers(1, 4)))
    layout = " interleaved" if image[1] > 1 and image[2] > 1 else ""
    shapes: dict[str, Shape] = {"x": image}
    unread = set()
    lines = [f"x = input {'x'.join(map(str, image))}{layout}"]
    for number in range(draw(st.integers(_FEWEST, most_nodes))):
        # The newest tensor is the likeliest source, so that nets grow deep and not only wide.
        name, newest = f"n{number}", list(shapes)[-1]
        source = draw(st.sampled_from([newest, newest, newest, *shapes]))
        kind, sources, settings = draw(_nodes(shapes, source, most_filters))
        call = f"{name} = {kind}({', '.join(sources)})"
        lines.append(f"{call} [{settings}]" if settings else call)
        shapes[name] = (
            parse_graph("\n".join([*lines, f"return {_all(unread, sources, name)}"]))
            .tensor(name)
            .shape
        )
        unread = unread - set(sources) | {name}
    extra = draw(st.sampled_from([None, *[n for n in shapes if n != "x"]]))
    outputs = sorted(unread | ({extra} if extra else set()))
    return "\n".join([*lines, f"return {', '.join(outputs)}"])


@st.composite
def folding_texts(draw: st.DrawFn) -> str:
    """Nets whose layers may take their rows one at a time: they sum up or pool a map."""
    image = (draw(st.integers(2, 20)), draw(st.integers(1, 14)), draw(st.integers(1, 4)))
    layout = " interleaved" if image[1] > 1 and image[2] > 1 else ""
    lines, shape = [f"x = input {'x'.join(map(str, image))}{layout}"], image
    kinds = draw(st.lists(st.sampled_from(("conv2d", "depthwise_conv2d", "tile")), max_size=2))
    if draw(st.booleans()):
        kinds.append("reshape")
    for kind in [*kinds, draw(st.sampled_from(("dense", "dense", "all of it", "pool", "pool")))]:
        name, source = f"n{len(lines)}", f"n{len(lines) - 1}" if len(lines) > 1 else "x"
        call, settings = draw(_folding_nodes(kind, shape))
        lines.append(f"{name} = {call}({source}) [{settings}]")
        height, width, channels = (
            parse_graph("\n".join([*lines, f"return {name}"])).tensor(name).map_shape
        )
        shape = (height, width, channels)
    return "\n".join([*lines, f"return n{len(lines) - 1}"])


@st.composite
def _folding_nodes(draw: st.DrawFn, kind: str, shape: tuple[int, int, int]) -> tuple[str, str]:
    """Operator and settings of a node of that kind on a map of that shape."""
    height, width, channels = shape
    pool = draw(st.sampled_from(("average_pool2d", "average_pool2d", "max_pool2d")))
    if kind == "tile":
        window = (draw(st.integers(1, min(4, height))), draw(st.integers(1, min(4, width))))
        return pool, f"window={window} stride={window}"
    if kind == "pool":
        return pool, f"window={(height, width)}"
    if kind == "reshape":  # Where a side is 1, of the same memory.
        size = height * width * channels
        rows = draw(st.sampled_from([side for side in range(1, size + 1) if size % side == 0]))
        return kind, f"shape={(rows, size // rows, 1)}"
    if kind == "dense":
        return kind, f"units={draw(st.integers(1, 12))}{draw(_clamp())}"
    filters = "" if kind == "depthwise_conv2d" else f" filters={draw(st.integers(1, 6))}"
    if kind == "all of it":
        return "conv2d", f"window={(height, width)}{filters}{draw(_clamp())}"
    return kind, f"window=(3, 3) padding=(1, 1, 1, 1){filters}{draw(_clamp())}"


def _all(unread: set[str], sources: list[str], name: str) -> str:
    return ", ".join(sorted(unread - set(sources) | {name}))


@st.composite
def _nodes(
    draw: st.DrawFn, shapes: dict[str, Shape], source: str, most_filters: int
) -> tuple[str, list[str], str]:
    """Operator, inputs and settings of a node that reads `source`."""
    shape = shapes[source]
    kinds = ["affine", "relu", "leaky_relu", "sigmoid", "tanh", "softmax", "reshape", "dense"]
    kinds += ["add", "concatenate"] * 2 + ["l2_norm"] + ["max_out"] * (shape[-1] > 1)
    if len(shape) == 3:
        kinds += ["conv2d", "depthwise_conv2d"] * 3
        kinds += ["max_pool2d", "average_pool2d", "zero_pad2d", "rnnpool2d"]
    kind = draw(st.sampled_from(kinds))
    sources, settings = [source], ""
    if kind in ("conv2d", "depthwise_conv2d", "max_pool2d", "average_pool2d"):
        settings = draw(_windows(kind, shape, most_filters))
    elif kind == "rnnpool2d":
        settings = draw(_patches(shape))
    elif kind == "zero_pad2d":
        settings = f"padding={tuple(draw(st.integers(0, 2)) for _ in range(4))}"
    elif kind == "dense":
        settings = f"units={draw(st.integers(1, 6))}{draw(_clamp())}"
    elif kind == "affine":
        settings = draw(_clamp()).strip()
    elif kind == "relu":
        settings = f"activation={draw(st.sampled_from(('relu', 'relu6', 'relu0.5')))}"
    elif kind == "leaky_relu":
        settings = f"slope={draw(st.sampled_from((0.25, 1.5)))}"
    elif kind == "reshape":
        settings = f"shape={draw(_shapes_of_size(shape))}"
    elif kind == "add":
        same = [name for name, other in shapes.items() if other == shape]
        sources.append(draw(st.sampled_from(same)))
        settings = draw(_clamp()).strip()
    elif kind == "concatenate":
        axis = draw(st.sampled_from((-1, -2) if len(shape) > 1 else (-1,)))
        fitting = [
            name for name, other in shapes.items() if _others(other, axis) == _others(shape, axis)
        ]
        settings = f"axis={axis}"
        sources += draw(st.lists(st.sampled_from(fitting), min_size=1, max_size=2))
    return kind, sources, settings


def _others(shape: Shape, axis: int) -> Shape:
    """The shape with -1 in place of one side, counted from the last."""
    return tuple(-1 if i == len(shape) + axis else side for i, side in enumerate(shape))


@st.composite
def _windows(draw: st.DrawFn, kind: str, shape: Shape, most_filters: int) -> str:
    """Windows that fit; pooling never pads as much as its window, and often tiles its map."""
    window = tuple(draw(st.integers(1, min(4, side))) for side in shape[:2])
    if kind.endswith("pool2d") and draw(st.booleans()):
        window = draw(st.sampled_from((window, shape[:2])))
        return f"window={window} stride={window}"
    if kind in ("conv2d", "depthwise_conv2d") and draw(st.booleans()) and min(shape[:2]) > 2:
        window = (3, 3)
    stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, window[i % 2] - 1)) for i in range(4))
    settings = f"window={window} stride={stride} padding={padding}"
    if kind.endswith("pool2d"):
        return settings
    size = "filters" if kind == "conv2d" else "multiplier"
    bias = draw(st.sampled_from(("", " no_bias")))
    most = most_filters if kind == "conv2d" else 2
    return f"{settings} {size}={draw(st.integers(1, most))}{bias}{draw(_clamp())}"


@st.composite
def _patches(draw: st.DrawFn, shape: Shape) -> str:
    """Patches that fit, and cells of a few units."""
    window = tuple(draw(st.integers(1, min(6, side))) for side in shape[:2])
    stride, units = ((draw(st.integers(1, 5)), draw(st.integers(1, 5))) for _ in range(2))
    padding = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    gate = draw(st.sampled_from(("sigmoid", "hard_sigmoid_2", "hard_sigmoid_4")))
    update = draw(st.sampled_from(("tanh", "sigmoid", "hard_tanh")))
    return (
        f"window={window} stride={stride} units={units} edge_padding={padding} "
        f"gate={gate} update={update}"
    )


def _clamp() -> st.SearchStrategy[str]:
    return st.sampled_from(_ACTIVATIONS).map(lambda a: "" if a == "linear" else f" activation={a}")


@st.composite
def _shapes_of_size(draw: st.DrawFn, shape: Shape) -> Shape:
    """Another shape with as many values."""
    size = 1
    for side in shape:
        size *= side
    flat: list[Any] = [(size,)]
    for side in range(1, 7):
        if size % side == 0:
            flat += [(side, size // side), (side, 1, size // side)]
            rest = size // side
            flat += [(side, other, rest // other) for other in range(1, 5) if rest % other == 0]
    return draw(st.sampled_from(flat))
