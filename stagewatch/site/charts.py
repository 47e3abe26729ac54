"""Pictures as inline SVG: bars, shares and the matrix of coverage.

Each has a title and a description for screen readers and stands beside a table, or has its figures as text. Colours are
those of the theme, by class; what a colour says is said by a pattern or a length too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from stagewatch.site.benchmarks import Chart

WIDTH = 400
"""Units of a bar chart's width; the style sheet bounds it, so that its text is about as large as the page's."""

ROW, BAR = 38, 12
CELL, LEFT, TOP = 15, 92, 22

KINDS = ("ok", "degraded", "unsupported")
"""Shares from the ground up; what each is called on a page is the caller's."""

HATCH = (
    '<pattern id="{id}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="sw-svg-degraded-ground" width="4" height="4"/><line class="sw-svg-degraded-line" y2="4"/></pattern>'
)


def bars(chart: Chart) -> str:
    """Horizontal bars, each below its name and before its figure. Runs that differ show as a lighter end."""
    most = max((one.high for one in chart.figures), default=0) or 1
    parts = []
    for place, one in enumerate(chart.figures):
        y = place * ROW
        low, high = (_length(value, most) for value in (one.low, one.high))
        kind = "sw-svg-ours" if one.ours else "sw-svg-theirs"
        parts += [
            f'<text x="0" y="{y + 12}">{escape(one.name)}</text>',
            f'<rect class="{kind} sw-svg-range" x="0" y="{y + 18}" width="{high}" height="{BAR}"/>'
            if high > low
            else "",
            f'<rect class="{kind}" x="0" y="{y + 18}" width="{low}" height="{BAR}"/>',
            f'<text class="sw-svg-figure" x="{high + 6}" y="{y + 28}">{escape(one.shown + one.note)}</text>',
        ]
    told = "; ".join(f"{one.name}: {one.shown}" for one in chart.figures)
    return _frame(chart.id, chart.title, f"In {chart.unit}. {told}.", WIDTH, len(chart.figures) * ROW, parts)


def shares(name: str, title: str, rows: Sequence[tuple[str, Mapping[str, int]]], said: Mapping[str, str]) -> str:
    """A bar of the same length for each row, parted by kind, with the numbers behind it."""
    parts = [f"<defs>{HATCH.format(id=f'{name}-hatch')}</defs>"]
    for place, (label, counts) in enumerate(rows):
        y, total = place * ROW, sum(counts.values()) or 1
        ends = [0.0]
        for kind in KINDS:
            ends.append(ends[-1] + WIDTH * counts.get(kind, 0) / total)
        numbers = ", ".join(f"{counts[kind]:,} {said[kind]}" for kind in KINDS if counts.get(kind))
        parts += [
            f'<text x="0" y="{y + 12}">{escape(label)}</text>',
            f'<text class="sw-svg-figure" x="{WIDTH}" y="{y + 12}" text-anchor="end">{escape(numbers)}</text>',
            *(
                _share(kind, f"{name}-hatch", start, y + 18, end - start, BAR)
                for kind, (start, end) in zip(KINDS, pairwise(ends), strict=True)
                if end > start
            ),
        ]
    told = "; ".join(
        f"{label}: " + ", ".join(f"{counts.get(kind, 0):,} {said[kind]}" for kind in KINDS) for label, counts in rows
    )
    return _frame(name, title, told + ".", WIDTH, len(rows) * ROW, parts)


def matrix(
    name: str, title: str, about: str, rows: Sequence[tuple[str, Sequence[tuple[str, Mapping[str, int]]]]]
) -> str:
    """Rows of cells, one for each platform and behaviour, filled from the ground up by the share of rules.

    A row is its label and its cells, each with the name of its column and the counts by status.
    """
    columns = [column for column, _ in rows[0][1]] if rows else []
    parts = [f"<defs>{HATCH.format(id=f'{name}-hatch')}</defs>"]
    parts += [
        f'<text class="sw-svg-small" x="{LEFT + place * CELL + CELL / 2:g}" y="{TOP - 7}" text-anchor="middle">'
        f"{escape(column)}</text>"
        for place, column in enumerate(columns)
    ]
    for line, (label, cells) in enumerate(rows):
        y = TOP + line * (CELL + 3)
        parts.append(f'<text x="0" y="{y + 11}">{escape(label)}</text>')
        for place, (_, counts) in enumerate(cells):
            parts.append(_cell(LEFT + place * CELL, y, counts, f"{name}-hatch"))
    return _frame(name, title, about, LEFT + len(columns) * CELL, TOP + len(rows) * (CELL + 3), parts)


def _cell(x: int, y: int, counts: Mapping[str, int], hatch: str) -> str:
    size = CELL - 2
    total = sum(counts.values())
    parts = [f'<rect class="sw-svg-empty" x="{x + 0.5}" y="{y + 0.5}" width="{size - 1}" height="{size - 1}"/>']
    if not total or not (counts.get("ok") or counts.get("degraded")):
        middle = y + size / 2
        return "".join([*parts, f'<path class="sw-svg-none" d="M{x + 4} {middle:g}h{size - 8}"/>'])
    ground = float(y + size)
    for kind in ("ok", "degraded"):
        height = size * counts.get(kind, 0) / total
        if height:
            ground -= height
            parts.append(_share(kind, hatch, x, ground, size, height))
    return "".join(parts)


def _share(kind: str, hatch: str, x: float, y: float, width: float, height: float) -> str:
    fill = f' fill="url(#{hatch})"' if kind == "degraded" else ""
    return f'<rect class="sw-svg-{kind}"{fill} x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}"/>'


def _length(value: float, most: float) -> float:
    """A bar's length in units; the rest of the width is the figure's."""
    return round(max(1.0, (WIDTH - 90) * value / most), 1)


def _frame(name: str, title: str, about: str, width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg class="sw-svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{name}-title {name}-about" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-about">{escape(about)}</desc>'
        f"{''.join(parts)}</svg>"
    )
