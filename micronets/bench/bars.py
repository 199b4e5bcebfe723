"""What was promised: the most that a measurement may show, whatever is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from micronets.bench.records import Record


@dataclass(frozen=True)
class Bar:
    """The most that a net may need on a chip; None where nothing was promised.

    Args:
        instructions: Of one `predict`, at -O2 and at -Os.
        ram: Bytes of the object.
        flash: Bytes over an empty program, at -Os.
    """

    instructions: int
    ram: int | None = None
    flash: int | None = None


Place = tuple[str, str, str]
"""Net, target and input of a case."""

# RAM: the largest pair of neighbouring maps, 7 % for padding columns, a row of int16 scratch, 64 B.
_ON_M4: Mapping[Place, Bar] = {
    ("pico", "cortex-m4", "float"): Bar(140_000),
    ("nano", "cortex-m4", "float"): Bar(325_000),
    ("micro", "cortex-m4", "float"): Bar(1_550_000),
    ("milli", "cortex-m4", "float"): Bar(1_850_000),
    ("base", "cortex-m4", "float"): Bar(2_700_000),
    ("pico", "cortex-m4", "int8"): Bar(115_000, 4_364, 4_608),
    ("nano", "cortex-m4", "int8"): Bar(260_000, 9_285),
    ("micro", "cortex-m4", "int8"): Bar(1_250_000, 22_205),
    ("milli", "cortex-m4", "int8"): Bar(1_450_000, 22_205),
    ("base", "cortex-m4", "int8"): Bar(2_050_000, 22_205, 45_056),
    # 1.4 for each of 7,489,664 multiply-accumulates.
    ("person", "cortex-m4", "int8"): Bar(10_485_529),
}
# With Helium no net may be slower than without.
_ON_M55: Mapping[Place, Bar] = {
    (net, "cortex-m55", kind): Bar(bar.instructions)
    for (net, _, kind), bar in _ON_M4.items()
    if kind == "int8"
} | {("base", "cortex-m55", "int8"): Bar(1_400_000)}

BARS: Mapping[Place, Bar] = MappingProxyType({**_ON_M4, **_ON_M55})


def broken_bars(record: Record) -> list[str]:
    """What a measurement shows above its bars, in words; empty where it keeps them."""
    bar = BARS.get((record.net, record.target, record.input))
    if bar is None:
        return []
    pairs = [
        ("instructions", record.instructions, bar.instructions),
        ("bytes of RAM", record.ram_object, bar.ram),
        ("bytes of flash", record.flash, bar.flash if record.optimize == "-Os" else None),
    ]
    return [
        f"{value:,} {what}, at most {most:,}"
        for what, value, most in pairs
        if most is not None and value > most
    ]
