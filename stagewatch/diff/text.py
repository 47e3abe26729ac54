"""The report for a terminal: no markup, no colours, the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stagewatch.diff.blocks import Block, Diff, Fold, Heading, Items, Limits, Line, Para, Table
from stagewatch.diff.model import Review
from stagewatch.diff.story import story
from stagewatch.hunt.report_values import visible


def render(review: Review) -> str:
    """The report."""
    told = story(review, Limits(items=20, folded=0))
    blocks = [*told.verdict, *told.summary, *(one for section in told.sections for one in section), *told.foot]
    return "\n".join(_lines(blocks)).strip("\n") + "\n"


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(_, line):
                text = _line(line)
                yield from ("", text, "-" * len(text))
            case Para(line):
                yield _line(line)
            case Items(lines):
                yield from (f"  - {_line(line)}" for line in lines)
            case Diff(lines):
                yield from (f"    {visible(line)}" for line in lines)
            case Table(head, rows):
                yield ""
                yield from _table(head, rows)
            case Fold(summary, _):
                yield f"{_line(summary)} (--format html or markdown shows more)"


def _table(head: tuple[str, ...], rows: tuple[tuple[Line, ...], ...]) -> Iterator[str]:
    cells = [list(head), *([_line(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _line(line: Line) -> str:
    return visible("".join(span if isinstance(span, str) else span.text for span in line))
