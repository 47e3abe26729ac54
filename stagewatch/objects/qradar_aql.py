"""What a search or a filter of ours reads: custom properties, log source types, and what it counts by.

Only for AQL that :mod:`stagewatch.targets.qradar` wrote: there a literal never holds a quotation mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LITERAL = re.compile(r"'[^']*'")
_PROPERTY = re.compile(r'"([^"]+)"')
_LOG_SOURCE_TYPE = re.compile(r"\bdevicetype = (\d+)")
_KEY = re.compile(r'(?:THEN "([^"]+)" ELSE )?"([^"]+)" AS key_')
_AT_LEAST = re.compile(r"^HAVING hits >= (\d+)$", re.MULTILINE)
_DISTINCT = re.compile(r'UNIQUECOUNT\((?:.* THEN LOWER\("([^"]+)"\) ELSE )?LOWER\("([^"]+)"\)\) AS hits')


@dataclass(frozen=True, slots=True)
class Counting:
    """How often, by which properties and of which property's values; no properties where each event counts.

    A key or value that stands in different properties of the rules' events is all of them.
    """

    at_least: int
    group_by: tuple[tuple[str, ...], ...]
    distinct: tuple[str, ...]


def properties(texts: Iterable[str]) -> tuple[str, ...]:
    """The custom properties that searches and filters name, in order of their names."""
    return tuple(sorted({name for text in texts for name in _PROPERTY.findall(_bare(text))}))


def log_source_types(texts: Iterable[str]) -> tuple[int, ...]:
    """The numbers of the log source types that they ask for."""
    return tuple(sorted({int(number) for text in texts for number in _LOG_SOURCE_TYPE.findall(_bare(text))}))


def counting(search: str) -> Counting:
    """What a correlation's search counts; at least one where it asks for the presence of each rule."""
    bare = _bare(search)
    at_least = _AT_LEAST.search(bare)
    distinct = _DISTINCT.search(bare)
    return Counting(
        int(at_least[1]) if at_least else 1,
        tuple(_either(found) for found in _KEY.findall(bare)),
        _either(distinct.groups()) if distinct else (),
    )


def _either(names: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(name for name in names if name)


def _bare(text: str) -> str:
    return _LITERAL.sub("''", text)
