"""The groups of a regular expression and their alternatives, as text: where a list may stand in a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[^()]*?:)?|[)|]", re.DOTALL)
"""An escaped character, a class, the opening of a group with its flags, its end, or a bar."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group's inside: ``pattern[start:end]``, and the texts between its own bars."""

    start: int
    end: int
    alternatives: tuple[str, ...]


def groups(pattern: str) -> Iterator[Group]:
    """Every group of a pattern that is in balance, an outer one before those inside it."""
    open_at: list[tuple[int, list[int]]] = []
    found: list[Group] = []
    for part in _PART.finditer(pattern):
        if part[0].startswith("("):
            open_at.append((part.end(), []))
        elif part[0] == "|" and open_at:
            open_at[-1][1].append(part.start())
        elif part[0] == ")" and open_at:
            start, bars = open_at.pop()
            edges = [start - 1, *bars, part.start()]
            texts = tuple(pattern[left + 1 : right] for left, right in pairwise(edges))
            found.append(Group(start, part.start(), texts))
    yield from sorted(found, key=lambda group: (group.start, -group.end))
