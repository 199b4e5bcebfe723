"""Drawings as SVG: text stays text, colours follow the reader's light or dark, and the same calls
give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from micronets.files import write_atomically

_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"

BASE_COLORS: Mapping[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#0d1117"),
    "rule": ("#d0d7de", "#30363d"),
    "ink": ("#1f2328", "#e6edf3"),
    "muted": ("#59636e", "#9198a1"),
}
"""By name, on light and on dark paper."""


class Drawing:
    """A card with a border; coordinates are pixels from its upper left corner.

    Args:
        size: Width and height.
        title: What a reader who does not see the drawing is told first.
        description: What the drawing shows, in words.
        colors: More of them, as in `BASE_COLORS`.
    """

    def __init__(
        self,
        size: tuple[float, float],
        title: str,
        description: str,
        colors: Mapping[str, tuple[str, str]],
    ) -> None:
        self._size = size
        self._head = [f"<title>{escape(title)}</title>", f"<desc>{escape(description)}</desc>"]
        self._colors = {**BASE_COLORS, **colors}
        self._parts: list[str] = []
        self.rect((0.5, 0.5), (size[0] - 1, size[1] - 1), "paper", border="rule", radius=8)

    def rect(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        color: str,
        *,
        border: str = "",
        radius: float = 0,
    ) -> None:
        """A filled rectangle."""
        corners = f' rx="{_number(radius)}"' if radius else ""
        kind = self._classes(color, border)
        (x, y), (width, height) = map(_pair, (corner, size))
        self._parts.append(
            f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"{corners}/>'
        )

    def line(
        self,
        begin: tuple[float, float],
        end: tuple[float, float],
        color: str,
        *,
        width: float = 1,
        dashes: str = "",
    ) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = _pair(begin), _pair(end)
        extra = f' stroke-dasharray="{dashes}"' if dashes else ""
        extra += f' stroke-width="{_number(width)}"' if width != 1 else ""
        kind = self._classes("", color)
        self._parts.append(f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{extra}/>')

    def dot(self, center: tuple[float, float], radius: float, color: str, border: str = "") -> None:
        """A filled circle."""
        x, y = _pair(center)
        kind = self._classes(color, border)
        self._parts.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="{_number(radius)}"/>')

    def text(
        self,
        place: tuple[float, float],
        words: str,
        *,
        size: float = 12,
        color: str = "ink",
        anchor: str = "start",
        bold: bool = False,
        clears: bool = False,
    ) -> None:
        """A line of text on its base line.

        Args:
            place: Of its `anchor`, which is its "start", "middle" or "end".
            words: The text.
            size: Of the letters.
            color: Its name.
            anchor: See `place`.
            bold: True for heavy letters.
            clears: True to keep what lies behind away from the letters.
        """
        x, y = _pair(place)
        extra = "" if anchor == "start" else f' text-anchor="{anchor}"'
        extra += ' font-weight="600"' if bold else ""
        if clears:
            extra += ' stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
        kind = self._classes(color, "paper" if clears else "")
        self._parts.append(
            f'<text class="{kind}" x="{x}" y="{y}" '
            f'font-size="{_number(size)}"{extra}>{escape(words)}</text>'
        )

    def save(self, path: Path) -> Path:
        """Writes the drawing, whole or not at all."""
        return write_atomically(
            path,
            lambda name: Path(name).write_text(str(self), encoding="utf-8", newline="\n"),
        )

    def __str__(self) -> str:
        width, height = _pair(self._size)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                f'width="{width}" height="{height}" role="img" font-family="{escape(_FONT)}">',
                *self._head,
                "<style>",
                *self._styles(0),
                "@media (prefers-color-scheme: dark) {",
                *self._styles(1),
                "}",
                "</style>",
                *self._parts,
                "</svg>\n",
            ]
        )

    def _classes(self, fill: str, stroke: str) -> str:
        unknown = {fill, stroke} - {"", *self._colors}
        if unknown:
            raise KeyError(f"the drawing has no color {', '.join(unknown)}")
        return " ".join([*([f"on-{fill}"] if fill else []), *([f"by-{stroke}"] if stroke else [])])

    def _styles(self, scheme: int) -> list[str]:
        """Fills are `on-` and outlines `by-` a color."""
        return [
            f".on-{name} {{ fill: {pair[scheme]}; }} .by-{name} {{ stroke: {pair[scheme]}; }}"
            for name, pair in self._colors.items()
        ]


def _pair(values: tuple[float, float]) -> tuple[str, str]:
    return _number(values[0]), _number(values[1])


def _number(value: float) -> str:
    return f"{round(value, 2):g}"
