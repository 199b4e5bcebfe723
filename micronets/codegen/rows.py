"""Which rows of its inputs a kernel call reads to compute a row of its output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from micronets.codegen.graph import Graph, Node, Tensor


@dataclass(frozen=True)
class RowNeed:
    """Row `y` of an output needs the first `min(y * step + reach, limit)` rows of a source, but
    none of those before row `y * step - before`.

    Args:
        step: Rows of the source from one row of the output to the next.
        reach: Rows of the source that row 0 needs.
        before: Rows of padding above the source.
        limit: Height of the source.
    """

    step: int
    reach: int
    before: int
    limit: int

    def count(self, y: int) -> int:
        """How many rows of the source must be there."""
        return min(max(y * self.step + self.reach, 0), self.limit)

    @lru_cache(maxsize=1024)  # noqa: B019 - of a frozen value, and few
    def counts(self, rows: int) -> tuple[int, ...]:
        """`count` of each of so many rows of an output."""
        return tuple(map(self.count, range(rows)))

    @property
    def rows(self) -> int:
        """The most rows of the source that a row of an output reads."""
        return min(self.reach + self.before, self.limit)

    @property
    def is_whole(self) -> bool:
        """True where no row of an output can be computed before a map of several rows is there."""
        return self.count(0) == self.limit > 1

    def first(self, y: int) -> int:
        """The first of them that is read."""
        return min(max(y * self.step - self.before, 0), self.limit)


def same_rows(height: int) -> RowNeed:
    """Row y reads row y."""
    return RowNeed(1, 1, 0, height)


def window_rows(window: int, stride: int, padding: int, height: int) -> RowNeed:
    """A window of `window` rows that moves by `stride`, with `padding` rows above the map."""
    return RowNeed(stride, window - padding, padding, height)


def all_rows(height: int) -> RowNeed:
    """Every row reads all rows."""
    return RowNeed(0, height, 0, height)


def no_rows(height: int) -> RowNeed:
    """Every row waits for all rows and reads none."""
    return RowNeed(0, height, -height, height)


def rows_needed(node: Node, inputs: Sequence[Tensor]) -> list[RowNeed]:
    """What each row of a node's output needs of each input, as its kernels read them."""
    attributes: Any = node.attributes
    heights = [tensor.map_shape[0] for tensor in inputs]
    shape = inputs[0].map_shape
    if node.op in ("conv2d", "depthwise_conv2d", "max_pool2d", "average_pool2d", "rnnpool2d"):
        if attributes.covers(inputs[0]):
            return [all_rows(shape[0])]
        (rows, _), (stride, _) = attributes.window, attributes.stride
        return [window_rows(rows, stride, attributes.padding[0], shape[0])]
    if node.op == "zero_pad2d":
        top = attributes.padding[0]
        return [RowNeed(1, 1 - top, top, shape[0])]
    if node.op == "dense" or (node.op == "reshape" and shape != node.output.map_shape):
        return [all_rows(height) for height in heights]
    return [same_rows(height) for height in heights]


def source_needs(
    graph: Graph, node: Node, positions: Sequence[int], homes: Mapping[str, str]
) -> dict[str, RowNeed]:
    """What each row of a node's output needs of the tensors that are held.

    Args:
        graph: The net.
        node: The node.
        positions: Which of its inputs are read.
        homes: The tensor in whose memory each tensor lies.
    """
    inputs = graph.inputs_of(node)
    needs = rows_needed(node, inputs)
    by_source: dict[str, RowNeed] = {}
    for position in positions:
        home = graph.tensor(homes[node.inputs[position]])
        viewed = home.map_shape != inputs[position].map_shape
        need = all_rows(home.map_shape[0]) if viewed else needs[position]
        known = by_source.get(home.name)
        by_source[home.name] = need if known is None else _both(known, need)
    return by_source


def _both(one: RowNeed, other: RowNeed) -> RowNeed:
    """What is needed by a call that reads a tensor twice."""
    if one == other:
        return one
    return all_rows(max(one.limit, other.limit))
