"""docs/benchmarks.svg: our instructions and those of other engines, net by net."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from micronets.bench.cases import NETS, TITLES, Case
from micronets.bench.peers import read_peers
from micronets.bench.records import Records
from micronets.files import write_atomically

_KINDS = {"float32": "float", "int8": "int8"}
_OURS = "#1b6ca8"
_OTHERS = ("#9aa5b1", "#7b8794", "#c98b3a", "#b85c5c", "#5f8a5f", "#8a6fb0")


def draw(path: Path, records: Records) -> Path:
    """Draws one group of bars for each net, on a logarithmic scale; above float32, below int8."""
    figure = Figure(figsize=(9, 8), layout="constrained")
    for axes, (dtype, kind) in zip(figure.subplots(2), _KINDS.items(), strict=True):
        _draw(axes, dtype, _series(records, dtype, kind))

    def write(name: str) -> None:
        # Text stays text, and neither date nor random names: the same figures, the same bytes.
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "micronets"}):
            figure.savefig(name, metadata={"Date": None, "Creator": None})

    return write_atomically(path, write)


def _series(records: Records, dtype: str, kind: str) -> dict[str, list[float]]:
    """Instructions by net for each engine, ours first; NaN where there is no figure."""
    cases = [Case(net, "cortex-m4", "-Os", kind) for net in NETS]
    ours = [records[case].instructions if case in records else math.nan for case in cases]
    series = {"micronets -Os": ours}
    for peer in read_peers(dtype):
        values = series.setdefault(peer.title, [math.nan] * len(NETS))
        values[NETS.index(peer.net)] = peer.instructions
    return series


def _draw(axes: Axes, dtype: str, series: dict[str, list[float]]) -> None:
    width = 0.8 / len(series)
    for index, (title, values) in enumerate(series.items()):
        places = np.arange(len(NETS)) + (index - (len(series) - 1) / 2) * width
        color = _OTHERS[(index - 1) % len(_OTHERS)] if index else _OURS
        axes.bar(places, np.divide(values, 1e6), width, label=title, color=color)
    axes.set_yscale("log")
    axes.set_xticks(range(len(NETS)), [TITLES[net] for net in NETS])
    axes.set_ylabel("million instructions")
    axes.set_title(f"One predict of 96x96x1, {dtype}, Cortex-M4: lower is better")
    axes.grid(axis="y", color="#e0e0e0")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
