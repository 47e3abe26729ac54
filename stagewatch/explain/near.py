"""Why a value missed a condition, in words: which pattern comes nearest, and where the two part."""

from __future__ import annotations

from collections.abc import Iterable

from stagewatch import expression as ex

MOST_PATTERNS = 500
MOST_CHARACTERS = 8_192
"""Of longer lists and values the start is compared: the answer is for a person."""

WINDOW = 60
"""Characters of a value that are shown."""

LEAST = 0.4
"""How much of a pattern must stand in a value for the two to be called near."""


def texts(value: object) -> list[str]:
    """The texts of a value: several of a list."""
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def shown(value: object) -> str:
    """A value in quotes, in one line, cut where it is long."""
    if isinstance(value, list | tuple):
        return " and ".join(map(shown, value[:5])) or "nothing"
    text = str(value)
    cut = text if len(text) <= 2 * WINDOW else f"{text[: 2 * WINDOW]}..."
    return "'" + "".join(char if char.isprintable() else repr(char)[1:-1] for char in cut) + "'"


def miss(leaf: ex.Leaf, value: object) -> str:
    """What is to say of a value that does not satisfy a leaf."""
    match leaf:
        case ex.Text(_, globs, cased):
            return "; ".join(_nearest(text[:MOST_CHARACTERS], globs, cased) for text in texts(value)[:5])
        case ex.Regex():
            return f"{shown(value)} does not match"
        case ex.Cidr():
            return f"{shown(value)} is in none of the networks"
        case ex.Number(_, op, wanted):
            return f"{shown(value)} is not {op} {wanted}"
        case ex.Null():
            return f"it has the value {shown(value)}"
        case _:
            return f"the value is {shown(value)}"


def _nearest(text: str, globs: Iterable[ex.Glob], cased: bool) -> str:
    """The pattern of which most stands where it must, and the first sign that differs."""
    listed = list(globs)[:MOST_PATTERNS]
    best: tuple[float, str] = (0.0, "")
    for glob in listed:
        met, told = _compared(text, glob, cased)
        if met > best[0]:
            best = met, told
    many = f"none of the {len(listed)} values fits {shown(text)}" if len(listed) > 1 else f"{shown(text)} does not fit"
    return f"{many}; {best[1]}" if best[0] >= LEAST else many


def _compared(text: str, glob: ex.Glob, cased: bool) -> tuple[float, str]:
    """How much of a pattern is met, from 0 to 1, and where it is not."""
    literal = glob.literal
    one, other = (text, literal) if cased else (text.lower(), literal.lower())
    if not literal or glob.shape in (ex.Shape.WILDCARD, ex.Shape.PRESENT):
        return 0.0, ""
    if cased and glob.shape is ex.Shape.EQUALS and text.lower() == literal.lower():
        return 1.0, f"{shown(literal)} differs in case alone"
    match glob.shape:
        case ex.Shape.ENDSWITH:
            met = _common(one[::-1], other[::-1])
            wanted = literal[: len(literal) - met]
            there = text[max(0, len(text) - met - len(wanted)) : len(text) - met]
            before = f"{shown(literal)} differs before {shown(literal[len(literal) - met :])}"
            return met / len(literal), f"{before}: {shown(wanted[-12:])} is asked for, {shown(there[-12:])} is there"
        case ex.Shape.CONTAINS:
            met = _longest_start(one, other)
            at = one.find(other[:met]) + met
            return met / len(literal), _parted(literal, met, text[at : at + 12])
        case _:
            met = _common(one, other)
            if met == len(literal):
                return 1.0, f"{shown(literal)} is there, and more behind it: {shown(text[met : met + 12])}"
            return met / len(literal), _parted(literal, met, text[met : met + 12])


def _parted(literal: str, met: int, there: str) -> str:
    wanted = literal[met : met + 12]
    found = f"{shown(there)} is there" if there else "the value ends there"
    return f"{shown(literal)} differs at character {met + 1}: {shown(wanted)} is asked for, {found}"


def _common(one: str, other: str) -> int:
    """The length of the common start."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def _longest_start(text: str, literal: str) -> int:
    """The length of the longest start of ``literal`` that stands in ``text``."""
    low, high = 0, len(literal)
    while low < high:
        middle = (low + high + 1) // 2
        if literal[:middle] in text:
            low = middle
        else:
            high = middle - 1
    return low


def fits(glob: ex.Glob, text: str, cased: bool) -> bool:
    """Whether a whole value fits a pattern, for showing which of a list it was. What counts is the engine's word."""
    value = text if cased else text.lower()
    parts = [part if isinstance(part, ex.Wildcard) or cased else part.lower() for part in glob.parts]
    return _fits(parts, value)


def _fits(parts: list[str | ex.Wildcard], value: str) -> bool:
    """Positions that are reached after each part; as many as the value has characters at most."""
    reached = {0}
    for part in parts:
        if part is ex.Wildcard.ANY:
            reached = set(range(min(reached), len(value) + 1)) if reached else set()
        elif part is ex.Wildcard.ONE:
            reached = {place + 1 for place in reached if place < len(value)}
        else:
            reached = {place + len(part) for place in reached if value.startswith(str(part), place)}
        if not reached:
            return False
    return len(value) in reached
