"""Which columns a KQL query of ours returns, for what a rule on Microsoft's platforms tells of a hit.

A rule's query returns the columns of its table. A correlation's returns what ``targets/kql_correlation.py`` keeps: the
time and the columns that name the last event, the group keys under their own names, ``FirstSeen`` and a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, takewhile

_LITERAL = re.compile(r'@"(?:[^"]|"")*"|"(?:[^"\\]|\\.)*"')
_PROJECT = re.compile(r"^ *\| project (?P<shown>[\w, ]+?)[,;)]*$")
_MADE = re.compile(r"^ +(?P<name>\w+) = (?:(?:tolower|tostring)\((?P<source>\w+)\))?")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CONDITION = re.compile(r" +\| (where|extend) ")
_LOOKED_UP = re.compile(r"\(\((\w+) \|")
_COUNT = re.compile(r"^\| where (Events|Values|Rules) >= \d+$", re.MULTILINE)

COUNTED = "Value"
"""The column of a correlation's events that holds what is counted; it is not returned."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a query returns.

    ``tables`` are those whose events it reads, in order of first use. ``columns`` maps a table's column to the one that
    holds its value in the result (a group key holds it in lower case), None where all columns are returned under their
    own names. ``made`` are columns that the query makes for itself.
    """

    tables: tuple[str, ...]
    columns: Mapping[str, str] | None = None
    made: tuple[str, ...] = ()

    def column(self, source: str) -> str | None:
        """The returned column that holds what the table's column holds, None where none does."""
        return source if self.columns is None else self.columns.get(source)

    def chosen(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Of names for columns of the table, those that the query returns, with the returned columns."""
        found = {name: self.column(source) for name, source in wanted.items()}
        return {name: column for name, column in found.items() if column is not None}


def without_literals(query: str) -> str:
    """The query's code: every string literal is empty."""
    return _LITERAL.sub('""', query)


def looked_up(query: str) -> tuple[str, ...]:
    """Tables that the query reads beside its events, to compare them with."""
    return tuple(dict.fromkeys(_LOOKED_UP.findall(without_literals(query))))


def returned(query: str) -> Returned:
    """What a query of the target ``defender`` or ``sentinel`` returns."""
    lines = without_literals(query).splitlines()
    if not lines[0].startswith("let "):
        return Returned((lines[0].strip(),))
    counts = _COUNT.search(query)
    branches = list(_branches(query.splitlines()))
    own = (*branches[0].keys, "FirstSeen", *(counts.groups() if counts else ()))
    return Returned(tuple(_tables(lines)), _common(branches), own)


def _tables(lines: list[str]) -> Iterable[str]:
    """A table stands alone on its line, with the line of its first condition below it."""
    found = (line.strip().removeprefix("(") for line, below in pairwise(lines) if _CONDITION.match(below))
    return dict.fromkeys(word for word in found if _NAME.fullmatch(word))


@dataclass(frozen=True, slots=True)
class _Branch:
    """One rule of a correlation: columns of the table, and keys with the column that they hold, if it is one."""

    shown: tuple[str, ...]
    keys: Mapping[str, str | None]

    def pairs(self) -> set[tuple[str, str]]:
        """(the table's column, the returned column)"""
        renamed = {(source, key) for key, source in self.keys.items() if source is not None}
        return renamed | {(name, name) for name in self.shown}


def _branches(lines: list[str]) -> Iterator[_Branch]:
    for number, line in enumerate(lines):
        project = _PROJECT.match(line)
        if project is not None:
            below = lines[number + 1 :] if line.endswith(",") else []
            made = takewhile(lambda found: found is not None, map(_MADE.match, below))
            columns = {found["name"]: found["source"] for found in made if found is not None}
            columns.pop(COUNTED, None)
            yield _Branch(tuple(project["shown"].split(", ")), columns)


def _common(branches: list[_Branch]) -> dict[str, str]:
    """The table's columns that every rule of the correlation returns, unchanged where there is a choice."""
    shared = set.intersection(*(branch.pairs() for branch in branches))
    return dict(sorted(shared, key=lambda pair: (pair[0], pair[0] == pair[1], pair[1])))
