"""What a proposed rule asks: alternatives of fields and values, all of which groups must hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sigma.types import SigmaString, SpecialChars


@dataclass(frozen=True, slots=True)
class Item:
    """One key of a detection with its values, in Sigma's own writing."""

    field: str
    values: tuple[str, ...]
    modifier: str = ""
    """``contains``, ``startswith``, ``endswith`` or none."""
    is_all: bool = False
    """Whether all values must be there, and not one of them."""
    number: bool = False
    """Whether the values are numbers, as of ``EventID``."""

    @property
    def key(self) -> str:
        return "|".join(filter(None, (self.field, self.modifier, "all" if self.is_all else "")))

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether the fields of an event hold what it asks for."""
        text = fields.get(self.field)
        if text is None:
            return False
        told = (_pattern(value, self.modifier).search(text) is not None for value in self.values)
        return all(told) if self.is_all else any(told)


@dataclass(frozen=True, slots=True)
class Group:
    """One detection of a rule: one of its alternatives must hold.

    ``name`` follows ``selection_``. ``reason`` is what the user is told of it. ``is_asked`` is the proposal; what is
    not asked for may become so where a negative event needs it or the user wants it.
    """

    name: str
    alternatives: tuple[Item, ...]
    reason: str
    is_asked: bool = True
    list_name: str = ""
    """The named list that it carries."""

    def matches(self, fields: Mapping[str, str]) -> bool:
        return any(item.matches(fields) for item in self.alternatives)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.field for item in self.alternatives))


def matches(groups: Sequence[Group], fields: Mapping[str, str]) -> bool:
    """Whether an event with these fields is hit."""
    return all(group.matches(fields) for group in groups)


@cache
def _pattern(value: str, modifier: str) -> re.Pattern[str]:
    marks = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    parts = SigmaString(value).s
    body = "".join(re.escape(part) if isinstance(part, str) else marks[part] for part in parts)  # type: ignore[index]
    start = "" if modifier in ("contains", "endswith") else r"\A"
    end = "" if modifier in ("contains", "startswith") else r"\Z"
    return re.compile(f"{start}{body}{end}", re.IGNORECASE | re.DOTALL)


def plain(value: str) -> str:
    """The text that a value without wildcards means; a wildcard stands as itself."""
    marks = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
    return "".join(part if isinstance(part, str) else marks[part] for part in SigmaString(value).s)  # type: ignore[index]
