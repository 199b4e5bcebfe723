"""The README's table of the zoo is what the compiler and the committed measurements say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from micronets.bench.cases import NETS, Case
from micronets.bench.measure import export_of
from micronets.bench.peers import read_peers
from micronets.bench.records import read_records
from micronets.codegen.choose import choose
from micronets.models import model_card

_ROOT = Path(__file__).parents[1]


def zoo_rows() -> dict[str, list[int]]:
    """Numbers of each row of the table, by net."""
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (Pico|Nano|Micro|Milli|Base) \|(.+)\|$", text, re.MULTILINE)
    return {
        name.lower(): [int(re.sub(r"\D", "", cell)) for cell in cells.split("|")]
        for name, cells in rows
    }


def test_table_of_the_zoo() -> None:
    rows = zoo_rows()
    records = read_records(_ROOT / "docs" / "benchmarks.csv")
    best = {
        (dtype, net): min(peer.instructions for peer in read_peers(dtype) if peer.net == net)
        for dtype in ("float32", "int8")
        for net in NETS
    }
    assert list(rows) == list(NETS)
    for net in NETS:
        real, quantized = export_of(net), export_of(net, is_int8=True)
        expected = [
            model_card(f"{net}_mobilenet").parameters,
            real.macs,
            real.ram,
            quantized.ram,
            choose(quantized.schedule, "stream").ram,
            records[Case(net, "cortex-m4", "-Os", "float")].instructions,
            best["float32", net],
            records[Case(net, "cortex-m4", "-Os", "int8")].instructions,
            best["int8", net],
        ]
        np.testing.assert_array_equal(rows[net], expected, err_msg=net)


def test_rows_cost_at_most_4_percent_more_instructions_in_int8() -> None:
    records = read_records(_ROOT / "docs" / "benchmarks.csv")
    for net in NETS:
        for optimize in ("-O2", "-Os"):
            whole = records[Case(net, "cortex-m4", optimize, "int8")].instructions
            rows = records[Case(net, "cortex-m4", optimize, "int8", memory="stream")].instructions
            assert rows <= 1.04 * whole, net


def test_table_of_the_face_nets() -> None:
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| RNNPoolFace(M4|QVGA) \| ([\d.]+) \|(.+)\|(.+)\|(.+)\|.+\|$", text, re.M)
    assert [name for name, *_ in rows] == ["M4", "QVGA"]
    records = read_records(_ROOT / "docs" / "benchmarks.csv")
    for name, precision, *cells in rows:
        record = records[Case(f"face_{name.lower()}", "cortex-m4", "-Os", "int8", memory="stream")]
        expected = [record.ram_object, record.flash, record.instructions]
        assert [int(re.sub(r"\D", "", cell)) for cell in cells] == expected, name
        card = _ROOT / "docs" / "model_cards" / f"rnnpool_face_{name.lower()}.md"
        row = re.search(r"with drawn faces, as by default \| ([\d.]+) \|", card.read_text("utf-8"))
        assert row is not None and row[1] == precision
