"""A generated header that is committed: a change to the compiler shows in its diff.

The kernels are left out, since a change to them shows in cpp/include; their names stay.
`make golden` rewrites it (MICRONETS_UPDATE_GOLDEN=1). The net is made by hand with weights that are
exact binary fractions, so that no library's arithmetic can change a digit.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from graph_text import parse_graph

from micronets import __version__
from micronets.codegen.emit import EmitOptions, emit_header
from micronets.codegen.graph import Graph
from micronets.codegen.memory import plan_memory
from micronets.codegen.passes import FLOAT_PASSES, run_passes
from micronets.codegen.schedule import make_schedule

_FILE = Path(__file__).parent / "golden_net.h"

_NET = """
x = input 12x12x1
pad = zero_pad2d(x) [padding=(1, 1, 1, 1)]
stem = conv2d(pad) [filters=4 window=(3, 3) stride=(2, 2)]
stem_relu = relu(stem)
depthwise = depthwise_conv2d(stem_relu) [window=(3, 3) padding=(1, 1, 1, 1) no_bias]
pointwise = conv2d(depthwise) [filters=4 window=(1, 1)]
sum = add(stem_relu, pointwise)
pool = max_pool2d(sum) [window=(2, 2) stride=(2, 2)]
flatten = reshape(pool) [shape=(36,)]
scores = dense(flatten) [units=3]
softmax = softmax(scores)
return softmax
"""


def golden_graph() -> Graph:
    """The net, with weights of a few binary digits."""
    graph = parse_graph(_NET, name="golden_net")
    nodes = [
        replace(
            node,
            constants={
                role: (np.arange(array.size) * 37 % 65 - 32).reshape(array.shape).astype(np.float32)
                / np.float32(64)
                for role, array in node.constants.items()
            },
        )
        for node in graph.nodes
    ]
    return run_passes(FLOAT_PASSES, graph.with_nodes(nodes))


def golden_text() -> str:
    """The header, without kernels, and without a version that changes with every release."""
    schedule = make_schedule(golden_graph())
    options = EmitOptions("GoldenNet", "golden_net.h", labels=("red", "green", "blue"))
    text = emit_header(schedule, plan_memory(schedule.buffers), options).text
    before, kernels, after = re.split(r"(?<=-\n)(?=\n)|(?=// ---- Parameters)", text, maxsplit=2)
    names = re.findall(r"^#ifndef MICRONETS_KERNELS_(\w+)_H_$", kernels, re.MULTILINE)
    listed = "".join(f"// {name.lower()}\n" for name in names)
    text = f"{before}\n{listed}\n{after}"
    return text.replace(f"micronets {__version__} ", "micronets X.Y.Z ")


def test_header_is_the_committed_one() -> None:
    text = golden_text()
    if os.environ.get("MICRONETS_UPDATE_GOLDEN") == "1":
        _FILE.write_text(text, encoding="utf-8", newline="\n")
    committed = _FILE.read_text(encoding="utf-8").splitlines()
    changed = [
        f"line {number}:\n  committed  {old}\n  generated  {new}"
        for number, (old, new) in enumerate(zip(committed, text.splitlines(), strict=False), 1)
        if old != new
    ]
    assert text.splitlines() == committed, "\n".join(
        ["generated code changed; look at the diff after `make golden`. First:", *changed[:3]]
    )
