"""The generated class in a user's hands: sizes, labels, several models, several files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from e2e_models import ZOO, zoo_net
from generated import TEN_LABELS, compiler_message, model_export, output_of, pico, write_headers
from graph_text import parse_graph
from header_batch import export_graph

from micronets import toolchain
from micronets.codegen.emit import emit_header
from micronets.codegen.memory import plan_memory
from micronets.codegen.pipeline import compile_model
from micronets.errors import ToolchainError
from micronets.toolchain import Program

# What the planner may use: the busiest pair of maps, each output, and a little to spare.
_RAM = {
    "PicoMobileNet": 15_360,
    "NanoMobileNet": 33_420,
    "MicroMobileNet": 80_664,
    "MilliMobileNet": 80_664,
    "BaseMobileNet": 80_664,
}


def _run(folder: Path, *sources: str, **build: object) -> str:
    """Compiles files into a program and returns what it prints."""
    program: Program = toolchain.build("host", list(sources), include_dirs=[folder], **build)
    return program.run().text


_PRINT = '#include <stdio.h>\n#include "harness.h"\n'


@pytest.mark.parametrize("name", ZOO)
def test_ram_is_what_the_issue_allows(name: str) -> None:
    export = compile_model(zoo_net(name))
    assert export.ram <= _RAM[name] + 4 * 10 + 64


@pytest.mark.parametrize("name", ZOO)
def test_figures_of_the_zoo_are_those_of_the_documents(name: str) -> None:
    export = compile_model(zoo_net(name))
    parameters = {"Pico": 844, "Nano": 1_636, "Micro": 4_264, "Milli": 11_704, "Base": 30_040}
    macs = {"Pico": 53_808, "Nano": 125_331, "Micro": 612_240, "Milli": 745_320, "Base": 1_128_120}
    short = name.removesuffix("MobileNet")
    weights = sum(a.size for n in export.graph.nodes for a in n.constants.values())
    assert (weights, export.macs) == (parameters[short], macs[short])


@pytest.mark.slow
def test_size_of_the_object_is_the_stated_ram(tmp_path: Path, need_target) -> None:
    need_target("host")
    exports = [pico(), *map(model_export, ("SeveralHeads", "Residual", "OnePixel", "VectorNet"))]
    write_headers(tmp_path, *exports)
    includes = "".join(f'#include "{export.class_name}.h"\n' for export in exports)
    prints = "".join(f'  printf("%d ", (int)sizeof({e.class_name}));\n' for e in exports)
    text = _run(tmp_path, f"{_PRINT}{includes}int main() {{\n{prints}  return 0;\n}}\n")
    assert [int(word) for word in text.split()] == [export.ram for export in exports]


@pytest.mark.slow
def test_labels_have_names_and_outputs_probabilities(tmp_path: Path, need_target) -> None:
    need_target("host")
    write_headers(tmp_path, pico())
    text = _run(
        tmp_path,
        _PRINT + '#include "PicoMobileNet.h"\n'
        "static PicoMobileNet net;\nstatic float image[96 * 96];\nint main() {\n"
        "  const uint16_t label = net.predict(image);\n"
        '  printf("%d %d %d\\n", label, net.label(), (int)net.label_count());\n'
        '  for (int i = -1; i <= 10; ++i) printf("<%s>", PicoMobileNet::name(i));\n'
        "  float sum = 0;\n"
        "  for (int i = 0; i < net.output_size(); ++i) sum += net.probability(i);\n"
        '  printf("\\n%.4f %d\\n", sum, net.probability(label) == net.output(label));\n'
        "  return 0;\n}\n",
    )
    first, names, sums = text.splitlines()
    label, again, count = map(int, first.split())
    assert label == again == int(np.argmax(pico().predict(np.zeros((1, 96, 96, 1), np.float32))))
    assert count == 10
    assert names == "".join(f"<{name}>" for name in ("", *TEN_LABELS, ""))
    assert sums == "1.0000 1"


def test_labels_of_any_characters(tmp_path: Path, need_target) -> None:
    need_target("host")
    labels = ('say "no"', "??=", "käse", "", "a\nb", "%d", "back\\")
    net = export_graph(parse_graph("x = input 7\na = softmax(x)\nreturn a"), "Any")
    options = replace(net.options, labels=labels)
    header = emit_header(net.schedule, plan_memory(net.schedule.buffers), options)
    (tmp_path / "Any.h").write_text(header.text, encoding="utf-8")
    text = _run(
        tmp_path,
        _PRINT + '#include "Any.h"\nint main() {\n'
        '  for (int i = 0; i < 7; ++i) { fputs(Any::name(i), stdout); fputs("|", stdout); }\n'
        "  return 0;\n}\n",
        warnings=True,
        standard="c++11",
    )
    assert text == "|".join(labels) + "|"


def test_single_sigmoid_gives_probabilities_of_both_labels(tmp_path: Path, need_target) -> None:
    need_target("host")
    net = export_graph(parse_graph("x = input 1\na = sigmoid(x)\nreturn a"), "Coin")
    write_headers(tmp_path, net)
    text = _run(
        tmp_path,
        _PRINT + '#include "Coin.h"\nint main() {\n  Coin net;\n'
        "  for (float x = -1; x <= 1; x += 1) {\n"
        "    const int label = net.predict(&x);\n"
        '    printf("%d %d %.3f %.3f %d\\n", label, net.label(), net.probability(0),\n'
        "           net.probability(1), (int)net.label_count());\n  }\n  return 0;\n}\n",
    )
    assert text.splitlines() == [
        "0 0 0.731 0.269 2",
        "1 1 0.500 0.500 2",
        "1 1 0.269 0.731 2",
    ]


def test_ties_go_to_the_first_label(tmp_path: Path, need_target) -> None:
    need_target("host")
    net = export_graph(parse_graph("x = input 4\na = relu(x)\nreturn a"), "Ties")
    write_headers(tmp_path, net)
    text = _run(
        tmp_path,
        _PRINT + '#include "Ties.h"\nint main() {\n  Ties net;\n'
        "  const float x[4] = {1, 3, 3, 2};\n"
        '  printf("%d", net.predict(x));\n  return 0;\n}\n',
    )
    assert text == "1"


def test_logits_are_no_probabilities(tmp_path: Path, need_target) -> None:
    need_target("host")
    export = model_export("DigitNet")
    write_headers(tmp_path, export)
    message = compiler_message(
        tmp_path, '#include "DigitNet.h"\nfloat f(DigitNet& n) { return n.probability(0); }\n'
    )
    assert re.search(r"has no member named .probability", message)


def test_names_are_missing_where_none_were_given(tmp_path: Path, need_target) -> None:
    need_target("host")
    write_headers(tmp_path, model_export("DigitNet"))
    source = '#include "DigitNet.h"\nconst char* f() { return DigitNet::name(0); }\n'
    assert ".name" in compiler_message(tmp_path, source).replace("‘", ".")


@pytest.mark.slow
def test_two_models_and_two_objects_in_one_program(tmp_path: Path, need_target) -> None:
    need_target("host")
    write_headers(tmp_path, pico(), model_export("DigitNet"))
    text = _run(
        tmp_path,
        _PRINT + '#include "PicoMobileNet.h"\n#include "DigitNet.h"\n#include "PicoMobileNet.h"\n'
        "static PicoMobileNet a, b;\nstatic DigitNet c;\nstatic float dark[9216], bright[9216];\n"
        "int main() {\n  for (int i = 0; i < 9216; ++i) bright[i] = (float)(i % 7) / 7.0f;\n"
        "  a.predict(dark);\n  const float before = a.output(3);\n  b.predict(bright);\n"
        "  c.predict(bright);\n"
        '  printf("%d %d", before == a.output(3), b.output(3) != a.output(3));\n'
        "  return 0;\n}\n",
        warnings=False,
    )
    assert text == "1 1"


@pytest.mark.slow
def test_one_copy_of_the_weights_in_two_files(tmp_path: Path, need_target) -> None:
    need_target("host")
    write_headers(tmp_path, pico())
    include = '#include "PicoMobileNet.h"\n'
    program = toolchain.build(
        "host",
        [
            _PRINT + include + "int other(const float*);\n"
            "const float* address();\nstatic PicoMobileNet net;\nstatic float image[9216];\n"
            "int main() {\n  net.predict(image);\n"
            '  printf("%d", net.label() == other(image));\n  return 0;\n}\n',
            include + "static PicoMobileNet net;\nint other(const float* x) {\n"
            "  return net.predict(x);\n}\n",
        ],
        include_dirs=[tmp_path],
        work_dir=tmp_path / "build",
    )
    assert program.run().text == "1"
    weights = [
        line
        for line in output_of("nm", "-C", program.path).splitlines()
        if "classifier_weights" in line
    ]
    assert len(weights) == 1, weights


def test_two_nets_of_one_name_are_refused(tmp_path: Path, need_target) -> None:
    need_target("host")
    for number, units in enumerate((3, 4)):
        text = f"x = input 5\na = dense(x) [units={units}]\nreturn a"
        export = export_graph(parse_graph(text), "Same")
        (tmp_path / f"same{number}.h").write_text(export.header.text, encoding="utf-8")
    message = compiler_message(tmp_path, '#include "same0.h"\n#include "same1.h"\n')
    assert "two models are called Same: export one of them with class_name=" in message


def _two_headers_of_one_name(folder: Path) -> None:
    """same0/net.h and same1/net.h: a class `Same` of one layer with other weights."""
    for number in range(2):
        graph = parse_graph("x = input 5\na = dense(x) [units=3]\nreturn a")
        node = graph.nodes[0]
        constants = {role: array + number for role, array in node.constants.items()}
        graph = graph.with_nodes([replace(node, constants=constants)])
        export = export_graph(graph, "Same")
        (folder / f"same{number}").mkdir()
        (folder / f"same{number}" / "net.h").write_text(export.header.text, encoding="utf-8")


_USES_ITS_OWN = """
{includes}
int label{number}(const float* x);
int label{number}(const float* x) {{
  static Same net;
  net.predict(x);
  return static_cast<int>(1000 * net.output(0));
}}
"""


def test_two_files_may_use_two_nets_of_one_name(tmp_path: Path, need_target) -> None:
    need_target("host")
    _two_headers_of_one_name(tmp_path)
    both = [
        _USES_ITS_OWN.format(number=number, includes=f'#include "same{number}/net.h"')
        for number in range(2)
    ]
    main = (
        "#include <stdio.h>\nint label0(const float*);\nint label1(const float*);\nint main() {\n"
        '  const float x[5] = {1, 2, -1, 3, 1};\n  printf("%d %d", label0(x), label1(x));\n'
        "  return 0;\n}\n"
    )
    answers = [_run(tmp_path, main, *order, optimize="-O0") for order in (both, both[::-1])]
    assert answers[0] == answers[1]
    first, second = answers[0].split()
    assert first != second


def test_object_of_another_net_of_the_same_name_is_not_linked(tmp_path: Path, need_target) -> None:
    need_target("host")
    _two_headers_of_one_name(tmp_path)
    with pytest.raises(ToolchainError, match=r"undefined reference to `f\(model_\w+::Same&\)"):
        _run(
            tmp_path,
            '#include "same0/net.h"\nint f(Same& net);\nint f(Same&) { return 0; }\n',
            '#include "same1/net.h"\nint f(Same& net);\nint main() { Same n; return f(n); }\n',
        )


def test_same_net_with_other_labels_is_another_net(tmp_path: Path, need_target) -> None:
    need_target("host")
    net = export_graph(parse_graph("x = input 2\na = softmax(x)\nreturn a"), "Same")
    for number, labels in enumerate((("a", "b"), ("b", "a"))):
        options = replace(net.options, labels=labels)
        header = emit_header(net.schedule, plan_memory(net.schedule.buffers), options)
        (tmp_path / f"same{number}.h").write_text(header.text, encoding="utf-8")
    message = compiler_message(tmp_path, '#include "same0.h"\n#include "same1.h"\n')
    assert "two models are called Same" in message


@pytest.mark.slow
def test_nets_of_two_releases_in_one_file_are_refused(tmp_path: Path, need_target) -> None:
    need_target("host")
    write_headers(tmp_path, pico())
    message = compiler_message(tmp_path, '#define MICRONETS_ABI 99\n#include "PicoMobileNet.h"\n')
    assert "models of two micronets releases in one file" in message


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pico", "DigitNet", "SeveralHeads", "SingleSigmoid"])
def test_usage_in_the_banner_compiles(name: str, tmp_path: Path, need_target) -> None:
    need_target("host")
    export = pico() if name == "pico" else model_export(name)
    banner = export.header.text.partition("#ifndef")[0]
    lines = banner.partition("// Usage\n")[2].splitlines()
    usage = "\n".join(re.sub(r"^//( {3})?", "", line) for line in lines)
    assert f'#include "{export.class_name}.h"' in usage
    write_headers(tmp_path, export)
    source = f"{usage}\nint main() {{ return classify() >= -1 ? 0 : 1; }}\n"
    toolchain.build("host", source, include_dirs=[tmp_path], warnings=True).run()
