"""ATT&CK's names: tags of a rule to tactics and techniques as platforms want them.

``attack.json`` holds the tactics and techniques that the pack is tagged with, as of ATT&CK v19.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).with_name("attack.json")


@dataclass(frozen=True, slots=True, order=True)
class Tactic:
    """A tactic: its number (``TA0009``), its name and the name that tags have (``lateral-movement``)."""

    id: str
    name: str
    tag: str

    @property
    def pascal(self) -> str:
        """The name as Microsoft writes it: ``LateralMovement``."""
        return "".join(word.capitalize() for word in self.tag.split("-"))

    @property
    def url(self) -> str:
        return f"https://attack.mitre.org/tactics/{self.id}/"


@dataclass(frozen=True, slots=True, order=True)
class Technique:
    """A technique or sub-technique and all tactics that it serves."""

    id: str
    name: str
    tactics: tuple[Tactic, ...]

    @property
    def parent(self) -> str:
        """The technique of a sub-technique; its own number where it is none."""
        return self.id.partition(".")[0]

    @property
    def is_sub(self) -> bool:
        return "." in self.id

    @property
    def url(self) -> str:
        return f"https://attack.mitre.org/techniques/{self.id.replace('.', '/')}/"


@cache
def tactics() -> Mapping[str, Tactic]:
    """Tag (``collection``) -> tactic."""
    return {tag: Tactic(one["id"], one["name"], tag) for tag, one in _table()["tactics"].items()}


@cache
def techniques() -> Mapping[str, Technique]:
    """Number (``T1074.001``) -> technique."""
    known = tactics()
    return {
        number: Technique(number, one["name"], tuple(known[tag] for tag in one["tactics"]))
        for number, one in _table()["techniques"].items()
    }


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(_DATA.read_text(encoding="utf-8"))
    return table


def techniques_of(tags: Iterable[str]) -> tuple[Technique, ...]:
    """The techniques among a rule's tags that the table has, in order of their numbers."""
    return tuple(techniques()[number] for number in _numbers(tags) if number in techniques())


def unnamed(tags: Iterable[str]) -> tuple[str, ...]:
    """The numbers of the techniques among a rule's tags that the table lacks."""
    return tuple(number for number in _numbers(tags) if number not in techniques())


def _numbers(tags: Iterable[str]) -> list[str]:
    """The numbers of techniques among tags, each once and in order."""
    numbers = {tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t")}
    return sorted(number for number in numbers if number[1:2].isdigit())


def tactics_of(tags: Iterable[str]) -> tuple[Tactic, ...]:
    """The tactics of a rule: those of its tags and all that its techniques serve, in order of their numbers."""
    listed = list(tags)
    named = {tactics()[tag.removeprefix("attack.")] for tag in listed if tag.removeprefix("attack.") in tactics()}
    return tuple(sorted(named.union(*(technique.tactics for technique in techniques_of(listed)))))
