"""What `make bench` writes agrees with itself and with the models."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from micronets.bench.bars import broken_bars
from micronets.bench.cases import (
    ALL_NETS,
    ALL_TARGETS,
    FACES,
    FLAGS,
    INPUTS,
    MICROBIT,
    NETS,
    PERSON,
    SMALL_NETS,
    TARGETS,
    TITLES,
    Case,
    select,
)
from micronets.bench.document import markdown
from micronets.bench.measure import export_of
from micronets.bench.peers import read_peers
from micronets.bench.records import Record, read_records
from micronets.bench.zoo import read_zoo, write_csv
from micronets.models import list_models, model_card
from micronets.toolchain import targets

_DOCS = Path(__file__).parents[2] / "docs"


def test_every_case_is_in_the_table():
    records = read_records(_DOCS / "benchmarks.csv")
    assert list(records) == select()
    assert set(ALL_TARGETS) <= set(targets)


def test_what_is_measured():
    cases = select()
    assert len(cases) == len(set(cases))
    whole = [case for case in cases if case.memory == "pingpong"]
    everywhere = [case for case in whole if case.net in NETS and case.target != MICROBIT]
    assert len(everywhere) == len(NETS) * len(TARGETS) * len(FLAGS) * len(INPUTS)
    assert {case.net for case in cases} == set(ALL_NETS) == set(TITLES)
    assert [case.net for case in select(targets=[MICROBIT], flags=["-Os"])] == ["pico", "nano"]
    assert {case.target for case in select([PERSON])} == {"cortex-m4", "cortex-m55"}
    assert select([PERSON], ["rv32"], ["-Os"], ["int8"]) == [Case(PERSON, "rv32", "-Os", "int8")]
    by_rows = {case for case in cases if case.memory == "stream"}
    assert {case.whole for case in by_rows} < set(whole)
    assert {(case.net, case.input) for case in by_rows} == {
        *((net, kind) for net in NETS for kind in ("float", "int8")),
        *((net, "int8") for net in (PERSON, *FACES)),
    }
    assert set(select(memories=["stream"])) == by_rows
    assert select(["nano"], ["rv32"], ["-Os"], ["int8"], ["stream"]) == [
        Case("nano", "rv32", "-Os", "int8", "stream")
    ]
    assert {case.input for net in SMALL_NETS for case in select([net])} == {"float", "int8"}


def test_document_and_plot_of_a_part_of_the_cases(tmp_path):
    pytest.importorskip("matplotlib", reason="the plot needs matplotlib")
    from micronets.bench.plot import draw

    cases = [*select(["pico", "mnist64"], ["cortex-m4"]), *select([PERSON, "pico"], [MICROBIT])]
    records = {case: _record(case, 1_000_000 + number) for number, case in enumerate(cases)}
    text = markdown(records)
    for case in cases:
        shown = case.input != "uint8" or case.net in NETS
        assert (f"{records[case].instructions:,}" in text) == shown, case
    assert "| Person detector | cortex-m55 | int8 | - / - | 10,485,529 |" in text
    assert b"CMSIS-NN" in draw(tmp_path / "part.svg", records).read_bytes()


def _record(case: Case, instructions: int, ram: int = 1) -> Record:
    sizes = {"ram_object": ram, "ram_stack": 2, "flash": 3}
    rates = {"macs": 500_000, "instructions": instructions, "per_mac": instructions / 500_000}
    return Record(**asdict(case), **rates, **sizes, compiler="gcc")


def test_document_shows_what_rows_cost_and_save():
    counts = {"-O2": (1_000_000, 1_040_000), "-Os": (1_000_000, 1_060_000)}
    records = {}
    for flag, (whole, rows) in counts.items():
        case = Case("nano", "cortex-m4", flag, "int8", "stream")
        records |= {case.whole: _record(case.whole, whole, 8_524), case: _record(case, rows, 2_660)}
    text = markdown(records)
    shown = "| Nano | int8 | cortex-m4 | 1,040,000 / 1,060,000 | 1.040 / 1.060! | 1.05 |"
    assert shown in text
    assert "| Nano | int8 | 2,660 | 2,662 | 8,524 | 2 / 2 | 3 / 3 | 3 / 3 |" in text
    assert "| Base | int8 | cortex-m55 | - / - | - / - | 1.1 |" in text


def test_bars_of_rows():
    case = Case("nano", "cortex-m4", "-Os", "int8", "stream")
    whole = _record(case.whole, 1_000_000)
    assert not broken_bars(_record(case, 1_050_000, 2_662), whole)
    (slow,) = broken_bars(_record(case, 1_060_000, 2_662), whole)
    assert slow == "1.060 times the instructions of whole maps, at most 1.05"
    (large,) = broken_bars(_record(case, 2_000_000, 2_663))
    assert large == "2,663 bytes of RAM, at most 2,662"


def test_table_survives_reading_and_writing(tmp_path):
    committed = _DOCS / "benchmarks.csv"
    records = list(read_records(committed).values())
    written = write_csv(tmp_path / "again.csv", records)
    assert written.read_bytes() == committed.read_bytes()


def test_document_is_what_the_table_gives():
    text = markdown(read_records(_DOCS / "benchmarks.csv"))
    assert text == (_DOCS / "benchmarks.md").read_text(encoding="utf-8")


def test_plot_is_the_same_each_time(tmp_path):
    pytest.importorskip("matplotlib", reason="the plot needs matplotlib")
    from micronets.bench.plot import draw

    records = read_records(_DOCS / "benchmarks.csv")
    first = draw(tmp_path / "first.svg", records).read_bytes()
    assert draw(tmp_path / "second.svg", records).read_bytes() == first
    assert b"micronets -Os" in first


def test_list_shows_what_the_models_are():
    records = read_records(_DOCS / "benchmarks.csv")
    zoo = read_zoo()
    assert [figures.net for figures in zoo] == list_models()
    for net, figures in zip(NETS, zoo, strict=True):
        card, export = model_card(figures.net), export_of(net)
        assert figures.class_name == card.net.__name__ == export.class_name
        assert figures.parameters == card.parameters
        assert figures.macs == card.macs == export.macs
        assert figures.ram == export.ram
        assert figures.flash == records[Case(net, "cortex-m4", "-Os", "float")].flash


def test_every_peer_has_every_net():
    titles = {peer.title for peer in read_peers()}
    assert len(titles) == 5
    for title in titles:
        assert [peer.net for peer in read_peers() if peer.title == title] == list(NETS)


def test_selection_is_checked():
    assert select(["pico_mobilenet"], ["rv32"], ["-O2"], ["float"]) == [
        Case("pico", "rv32", "-O2", "float")
    ]
    with pytest.raises(ValueError, match=r"among pico.*Received: giga"):
        select(["giga"])
