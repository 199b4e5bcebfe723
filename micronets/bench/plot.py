"""docs/benchmarks.svg: our instructions and those of other engines, net by net."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from micronets.bench.cases import NETS, Case
from micronets.bench.document import Records
from micronets.bench.peers import Peer
from micronets.files import write_atomically

_OURS = "#1b6ca8"
_OTHERS = ("#9aa5b1", "#7b8794", "#c98b3a", "#b85c5c", "#5f8a5f", "#8a6fb0")


def draw(path: Path, records: Records, peers: Sequence[Peer]) -> Path:
    """Draws one group of bars for each net, on a logarithmic scale."""
    series = {"micronets -Os": [_ours(records, net) for net in NETS]}
    for peer in peers:
        series.setdefault(peer.title, [0] * len(NETS))[NETS.index(peer.net)] = peer.instructions
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(series)
    for index, (title, values) in enumerate(series.items()):
        places = np.arange(len(NETS)) + (index - (len(series) - 1) / 2) * width
        color = _OTHERS[(index - 1) % len(_OTHERS)] if index else _OURS
        axes.bar(places, np.divide(values, 1e6), width, label=title, color=color)
    axes.set_yscale("log")
    axes.set_xticks(range(len(NETS)), [net.capitalize() for net in NETS])
    axes.set_ylabel("million instructions")
    axes.set_title("One predict of 96x96x1, float32, Cortex-M4: lower is better")
    axes.grid(axis="y", color="#e0e0e0")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)

    def write(name: str) -> None:
        # Text stays text, and neither date nor random names: the same figures, the same bytes.
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "micronets"}):
            figure.savefig(name, metadata={"Date": None, "Creator": None})

    return write_atomically(path, write)


def _ours(records: Records, net: str) -> int:
    return records[Case(net, "cortex-m4", "-Os", "float")].instructions
