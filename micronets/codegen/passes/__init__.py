"""The passes, in the order in which they run."""

from __future__ import annotations

from micronets.codegen.passes.absorb_input_scale import AbsorbInputScale
from micronets.codegen.passes.base import Pass, run_pass, run_passes
from micronets.codegen.passes.fold_batch_norm import FoldBatchNorm
from micronets.codegen.passes.fold_flatten import FoldFlatten
from micronets.codegen.passes.fuse_activation import FuseActivation
from micronets.codegen.passes.fuse_padding import FusePadding
from micronets.codegen.passes.order_outputs import OrderOutputs

FLOAT_PASSES: tuple[Pass, ...] = (
    AbsorbInputScale(),
    FoldBatchNorm(),
    FusePadding(),
    FuseActivation(),
    FoldFlatten(),
    OrderOutputs(),
)
"""From the graph as imported to the graph as generated, float32."""

__all__ = ["FLOAT_PASSES", "Pass", "run_pass", "run_passes"]
