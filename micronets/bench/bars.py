"""What was promised: the most that a measurement may show, whatever is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from micronets.bench.cases import NETS, PERSON, Case
from micronets.bench.records import Record


@dataclass(frozen=True)
class Bar:
    """The most that a net may need on a chip; None where nothing was promised.

    Args:
        instructions: Of one `predict`, at -O2 and at -Os.
        ratio: The same, over those of whole maps.
        ram: Bytes of the object.
        flash: Bytes over an empty program, at -Os.
    """

    instructions: int | None = None
    ram: int | None = None
    flash: int | None = None
    ratio: float | None = None


Place = tuple[str, str, str, str]
"""Net, target, input and memory of a case."""

# RAM: the largest pair of neighbouring maps, 7 % for padding columns, a row of int16 scratch, 64 B.
_ON_M4: Mapping[tuple[str, str, str], Bar] = {
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
_ON_M55: Mapping[tuple[str, str, str], Bar] = {
    (net, "cortex-m55", kind): Bar(bar.instructions)
    for (net, _, kind), bar in _ON_M4.items()
    if kind == "int8"
} | {("base", "cortex-m55", "int8"): Bar(1_400_000)}

# By rows: the object, rows of the image included, and a little of the time of whole maps.
_RATIO = 1.05
_RATIO_ON_M55 = 1.1
_ROWS_RAM = {
    "pico": 1_536,
    "nano": 2_662,
    "micro": 7_782,
    "milli": 9_728,
    "base": 14_131,
    PERSON: 20_480,
}

_FACES: Mapping[Place, Bar] = {
    ("face_m4", "cortex-m4", "int8", "stream"): Bar(110_000_000, 81_920, 112_640),
    ("face_qvga", "cortex-m4", "int8", "stream"): Bar(290_000_000, 102_400, 430_080),
}

BARS: Mapping[Place, Bar] = MappingProxyType(
    {(*place, "pingpong"): bar for place, bar in {**_ON_M4, **_ON_M55}.items()}
    | {(net, "cortex-m4", "float", "stream"): Bar(ratio=_RATIO) for net in NETS}
    | {
        (net, "cortex-m4", "int8", "stream"): Bar(ram=ram, ratio=_RATIO)
        for net, ram in _ROWS_RAM.items()
    }
    | {(net, "cortex-m55", "int8", "stream"): Bar(ratio=_RATIO_ON_M55) for net in ("pico", "base")}
    | _FACES
)


def bar_of(case: Case) -> Bar:
    """What was promised of a case."""
    return BARS.get((case.net, case.target, case.input, case.memory), Bar())


def broken_bars(record: Record, whole: Record | None = None) -> list[str]:
    """What a measurement shows above its bars, in words; empty where it keeps them.

    Args:
        record: The measurement.
        whole: The same with whole maps, for the bar of their ratio.
    """
    bar = bar_of(record.case)
    bars = [
        (f"{record.instructions:,} instructions", record.instructions, bar.instructions),
        (f"{record.ram_object:,} bytes of RAM", record.ram_object, bar.ram),
    ]
    if record.optimize == "-Os":
        bars.append((f"{record.flash:,} bytes of flash", record.flash, bar.flash))
    broken = [f"{what}, at most {most:,}" for what, value, most in bars if most and value > most]
    if whole is not None and bar.ratio and (ratio := record.times(whole)) > bar.ratio:
        broken.append(f"{ratio:.3f} times the instructions of whole maps, at most {bar.ratio}")
    return broken
