"""The short functions of the class, broken into lines as clang-format breaks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from micronets.codegen.emit.lines import opening
from micronets.codegen.literals import WIDTH, float_literal
from micronets.codegen.numerics import Quantization


@dataclass(frozen=True)
class Head:
    """One output of the net."""

    offset: int
    size: int
    quantization: Quantization | None = None


@dataclass(frozen=True)
class Accessors:
    """Functions as text; `probability` is empty where the outputs are no probabilities."""

    output_size: str
    outputs: str
    output: str
    label: str
    probability: str


def accessors_of(class_name: str, heads: Sequence[Head], probabilities: str) -> Accessors:
    """The functions that hand out results.

    Args:
        class_name: The C++ class.
        heads: Its outputs.
        probabilities: "softmax", "sigmoid" or nothing.
    """
    kind = "float" if heads[0].quantization is None else "int8_t"
    if len(heads) == 1:
        offset = f" + {heads[0].offset}" if heads[0].offset else ""
        size = function_text("static constexpr int32_t output_size()", f"{heads[0].size}", 2)
        outputs = function_text(f"const {kind}* outputs() const", f"memory_{offset}", 2)
    else:
        size = _choosing(
            "static constexpr int32_t output_size(int32_t head = 0)",
            "",
            [head.size for head in heads],
        )
        outputs = _choosing(
            f"const {kind}* outputs(int32_t head = 0) const",
            "memory_ + ",
            [head.offset for head in heads],
        )
    sigmoid = probabilities == "sigmoid"
    label = (
        "output(0) >= 0.5f ? 1 : 0"
        if sigmoid
        else (f"micronets::label_of(outputs(), {heads[0].size})")
    )
    if sigmoid and kind == "int8_t":
        label = "outputs()[0] >= 0 ? 1 : 0"  # The code of 0.5 is 0.
    probability = "label == 0 ? 1.0f - output(0) : output(0)" if sigmoid else "output(label)"
    of_class = f"{class_name}::"
    return Accessors(
        size,
        outputs,
        _output(heads),
        function_text(f"inline uint16_t {of_class}label() const", label),
        function_text(f"inline float {of_class}probability(int32_t label) const", probability)
        if probabilities
        else "",
    )


def _output(heads: Sequence[Head]) -> str:
    """`output(i)`: the value itself, or the real number that an int8 code stands for."""
    several = len(heads) > 1
    signature = f"float output(int32_t i{', int32_t head = 0' if several else ''}) const"
    code = f"outputs({'head' if several else ''})[i]"
    quantizations = {head.quantization for head in heads}
    if quantizations == {None}:
        return function_text(signature, code, 2)
    reals = [_real(head.quantization, code) for head in heads if head.quantization]
    if len(quantizations) == 1:
        return function_text(signature, reals[0], 2)
    lines = [f"    if (head == {number}) return {real};" for number, real in enumerate(reals[:-1])]
    return "\n".join([f"  {signature} {{", *lines, f"    return {reals[-1]};", "  }"])


def _real(quantization: Quantization, code: str) -> str:
    """The real number of a code in C++."""
    zero = quantization.zero_point
    shifted = f"{code} {'-' if zero >= 0 else '+'} {abs(zero)}"
    return f"{float_literal(quantization.scale)} * static_cast<float>({shifted})"


def function_text(signature: str, value: str, indent: int = 0) -> str:
    """A function that returns a value: in one line where that is narrow enough, else in three."""
    margin = " " * indent
    line = f"{margin}{signature} {{ return {value}; }}"
    if len(line) <= WIDTH:
        return line
    return f"{opening(signature, margin)}\n{margin}  return {value};\n{margin}}}"


def _choosing(signature: str, prefix: str, values: Sequence[int]) -> str:
    """A member function that returns one of several values by `head`."""
    conditions = [f"head == {number}" for number in range(len(values) - 1)]
    chain = "".join(f"{test} ? {value} : " for test, value in zip(conditions, values, strict=False))
    opening, closing = ("(", ")") if prefix else ("", "")
    value = f"{prefix}{opening}{chain}{values[-1]}{closing}"
    if len(f"    return {value};") <= WIDTH:
        return function_text(signature, value, 2)
    # One condition a line; question marks and colons stand below each other.
    start = f"    return {prefix}{opening}"
    width = len(conditions[-1]) + 2
    lines = [start + f"{conditions[0]:<{width}} ? {values[0]}"]
    for test, number in zip(conditions[1:], values[1:], strict=False):
        lines.append(f"{' ' * len(start)}: {test:<{width - 2}} ? {number}")
    lines.append(f"{' ' * (len(start) + width)} : {values[-1]}{closing};")
    return "\n".join([f"  {signature} {{", *lines, "  }"])
