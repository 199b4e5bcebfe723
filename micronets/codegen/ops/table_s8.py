"""int8 operators that look each code up in a table of 256 entries made at export."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import Array, Node, Tensor
from micronets.codegen.numerics import LOWEST, Int8Array
from micronets.codegen.ops.base import KernelCall, OpSpec, shape_field


class TableS8(OpSpec):
    """Mixin: the table holds the float operator's answer to each input code, rounded once."""

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        codes = np.arange(LOWEST, LOWEST + 256)
        real = inputs[0].quant.scale * (codes - inputs[0].quant.zero_point).astype(np.float64)
        return {"table": output.quant.quantize(self.curve(node, real))}

    def curve(self, node: Node, real: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The operator in float64."""
        # The float reference works in whatever precision it is given.
        return self.evaluate(node.attributes, [real], node.constants)  # type: ignore[list-item,return-value]

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        table: Int8Array = node.constants["table"]
        return table[codes[0].astype(np.int32) - LOWEST]

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [
            KernelCall(
                "lookup_s8",
                "micronets/kernels/lookup_s8.h",
                "Elementwise",
                (shape_field("input", inputs[0]), shape_field("output", node.output)),
                constants={"table": node.constants["table"]},
                counts=(("256", "table"),),
            )
        ]
