"""The parts of a report, before they are Markdown, HTML or plain text. A string is untrusted until it is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice


@dataclass(frozen=True, slots=True)
class Code:
    """A name, a path or a value, letter by letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that must not be missed."""

    text: str


Span = str | Code | Strong
Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a section; ``level`` 2 or 3."""

    level: int
    line: Line


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph. One that is a ``warning`` is set apart."""

    line: Line
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """Lines that begin with a plus, a minus, two signs ``@@`` or a space."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """What a reader may open."""

    summary: Line
    blocks: tuple[Block, ...]


Block = Heading | Para | Items | Diff | Table | Fold


@dataclass(frozen=True, slots=True)
class Story:
    """A whole report: the verdict, what holds for all, one group of blocks for each matter, and what stands below."""

    verdict: tuple[Para, ...]
    summary: tuple[Block, ...]
    sections: tuple[tuple[Block, ...], ...]
    foot: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one matter a report shows; what is left out is told."""

    items: int = 6
    """Events of one list that stand in the open."""
    folded: int = 40
    """Events that can be unfolded besides."""
    lines: int = 80
    """Lines of one diff."""
    characters: int = 180
    """Of one value."""
    rows: int = 60
    """Of a table."""


def brief(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks without what is folded."""
    return tuple(block for block in blocks if not isinstance(block, Fold))


def cut(text: str, length: int) -> str:
    """The text, or its beginning with a word on the rest."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text) - length} more characters)"


def shortened(lines: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """Lines of a diff, the first of very many, each cut."""
    shown = tuple(cut(line, 2 * limits.characters) for line in islice(lines, limits.lines))
    left = len(lines) - len(shown)
    return (*shown, f"@@ {left} more lines are not shown") if left else shown


def pairwise_cut(lines: Sequence[str], width: int) -> Iterator[str]:
    """Lines of a diff in which a long line and its successor show the part in which they differ."""
    waiting = list(lines)
    while waiting:
        line = waiting.pop(0)
        other = _twin(line, waiting) if line.startswith("- ") and len(line) > width else None
        if other is None:
            yield line
            continue
        waiting.remove(other)
        yield from _differing(line, other, width)


def _twin(line: str, lines: Sequence[str]) -> str | None:
    """The added line that takes the place of a removed one: it begins with the same key and is nearly as long."""
    key = line[2:].rpartition(": ")[0] or line[2:30]
    fits = [one for one in lines if one.startswith(f"+ {key}") and len(one) > len(line) // 2]
    return max(fits, key=lambda one: common(line[2:], one[2:]), default=None)


def common(one: str, other: str) -> int:
    """How many characters two texts share at their beginning."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _differing(line: str, other: str, width: int) -> Iterator[str]:
    start = common(line[2:], other[2:]) + 2
    end = min(common(line[:1:-1], other[:1:-1]), len(line) - start, len(other) - start)
    key = line[2:].partition(": ")[0]
    around = width // 3
    for one in (line, other):
        left = max(2, start - around)
        right = min(len(one), len(one) - end + around)
        lead = f"{key}: …" if left > len(key) + 4 else one[2:left]
        yield f"{one[:2]}{lead}{one[left:right]}{'…' if right < len(one) else ''}"
