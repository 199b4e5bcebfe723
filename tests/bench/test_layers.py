"""Layers are counted one by one."""

from __future__ import annotations

import pytest

from micronets.bench.cases import Case
from micronets.bench.layers import format_profile, profile, with_markers
from micronets.bench.measure import export_of, measure
from micronets.errors import InternalError

_MICROBIT = ("cortex-m0-microbit", "int8")


@pytest.mark.parametrize("place", [("cortex-m4", "float"), ("cortex-m4", "int8"), _MICROBIT])
def test_layers_add_up_to_the_whole(place, need_target):
    need_target(place[0])
    case = Case("pico", place[0], "-O2", place[1])
    measured, whole = profile(case), measure(case)
    total = sum(layer.instructions for layer in measured.layers)
    assert total == pytest.approx(whole.instructions, rel=0.03)
    assert all(layer.instructions > 0 for layer in measured.layers)
    lines = format_profile(measured).splitlines()
    assert lines[2].startswith("stem")
    assert f"{total:,}" in lines[-1]


def test_a_header_of_another_form_is_refused():
    text = export_of("pico").header.text
    with pytest.raises(InternalError, match="10 steps were found"):
        with_markers(text, 11)
