"""What an export prints: layers, RAM, flash, work, noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from micronets.codegen.emit.banner import flash_text, removal_lines
from micronets.codegen.emit.table import format_table

if TYPE_CHECKING:
    from micronets.codegen.export import Export


def export_text(export: Export) -> str:
    """The layer table, what the net costs, and what quantization did to it."""
    lines = [*format_table(export.rows), *removal_lines(export.header.removed)]
    lines += [*map(str, export.header.whole_maps), "", *_figures(export)]
    if export.receipt is not None:
        lines.append(str(export.receipt))
    if export.path is not None:
        lines.append(f"written {export.path}")
    return "\n".join(lines)


def _figures(export: Export) -> Sequence[str]:
    code = export.header.code
    flash = export.constants + (code or 0)
    choice = export.choice
    chosen = [] if choice is None or not choice.summary else [f"memory  {choice.summary}"]
    return [
        f"RAM     {export.ram:>11,} B  exact, all of it inside the {export.class_name} object",
        f"flash   {flash:>11,} B  {flash_text(export.constants, code)}",
        f"work    {export.macs:>11,}    multiply-accumulates per call",
        *chosen,
    ]
