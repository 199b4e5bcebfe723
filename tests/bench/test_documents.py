"""What `make bench` writes agrees with itself and with the models."""

from __future__ import annotations

from pathlib import Path

import pytest

from micronets.bench.cases import FLAGS, INPUTS, NETS, TARGETS, Case, select
from micronets.bench.document import markdown
from micronets.bench.measure import export_of
from micronets.bench.peers import read_peers
from micronets.bench.records import read_records
from micronets.bench.zoo import read_zoo, write_csv
from micronets.models import list_models, model_card
from micronets.toolchain import targets

_DOCS = Path(__file__).parents[2] / "docs"


def test_every_case_is_in_the_table():
    records = read_records(_DOCS / "benchmarks.csv")
    assert list(records) == select()
    assert len(records) == len(NETS) * len(TARGETS) * len(FLAGS) * len(INPUTS)
    assert set(TARGETS) <= set(targets)


def test_table_survives_reading_and_writing(tmp_path):
    committed = _DOCS / "benchmarks.csv"
    records = list(read_records(committed).values())
    written = write_csv(tmp_path / "again.csv", records)
    assert written.read_bytes() == committed.read_bytes()


def test_document_is_what_the_table_gives():
    text = markdown(read_records(_DOCS / "benchmarks.csv"), read_peers(), read_peers("int8"))
    assert text == (_DOCS / "benchmarks.md").read_text(encoding="utf-8")


def test_plot_is_the_same_each_time(tmp_path):
    pytest.importorskip("matplotlib", reason="the plot needs matplotlib")
    from micronets.bench.plot import draw

    records, peers = read_records(_DOCS / "benchmarks.csv"), read_peers()
    first = draw(tmp_path / "first.svg", records, peers).read_bytes()
    assert draw(tmp_path / "second.svg", records, peers).read_bytes() == first
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
