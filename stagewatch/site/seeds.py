"""The public pages' queries beside ours: ``docs/seeds.json`` as values. ``python -m tests.seeds.record`` writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch.findings import StagewatchError
from stagewatch.yamlsafe import read_raw

FILE = "seeds.json"

SORTS = ("named", "beyond", "benign")
"""Attack events within what a page names, those beyond it, and near misses."""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page: what it names as its platforms, what the compiler says on each of ours, and the repairs that it needs."""

    technique: str
    named_for: str
    compiled: Mapping[str, tuple[str, ...]]
    repairs: Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Counted:
    """Events of one sort, how many each query returns, and those that the page's query gets wrong: label and rule."""

    events: int
    page: int
    ours: int
    wrong: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a part of a page's query is said to find, and what it does. ``published``: it runs as it stands."""

    technique: str
    part: str
    says: str
    rules: tuple[str, ...]
    published: bool
    left_out: int
    sorts: Mapping[str, Counted]


@dataclass(frozen=True, slots=True)
class OwnTest:
    """A test of a page: events that stand for it, and how many each query finds; None where it does not compile."""

    technique: str
    number: int
    does: str
    events: int
    page: int | None
    repaired: int | None
    ours: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """An event, or events that belong together, and what each query made of it.

    ``fixture`` is the rule whose fixture has it. ``columns`` are the first event's, ``marks`` its deciding parts.
    ``messages`` are the compiler's. ``ours`` are rules with their verdicts, ``also`` further rules that find it.
    """

    technique: str
    platform: str
    label: str
    fixture: str | None
    attack: bool
    folders_only: bool
    table: str
    columns: Mapping[str, str]
    marks: tuple[str, ...]
    events: int
    minutes: float
    page: str
    messages: tuple[str, ...]
    repaired: str | None
    ours: tuple[tuple[str, str], ...]
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that an answer has to have, those that the page's lacks, and how many queries of ours lack one."""

    technique: str
    wanted: tuple[str, ...]
    lacks: tuple[str, ...]
    ours: tuple[str, ...]
    ours_lacking: int


@dataclass(frozen=True, slots=True)
class Unused:
    """A name that a query declares, and whether the query compiles without the declaration."""

    technique: str
    name: str
    compiles_without: bool


@dataclass(frozen=True, slots=True)
class Without:
    """Fragments that were taken out of a query, the events tried and found, and the labels on which it then differs."""

    technique: str
    fragments: tuple[str, ...]
    events: int
    found: int
    differ: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect: Markdown of what is wrong, what we do instead and a note; the fragments at fault; what shows it."""

    number: int
    anchor: str
    technique: str
    wrong: str
    instead: str
    note: str
    not_tried: str
    fragments: tuple[str, ...]
    tries: tuple[Tried | Columns | Unused | Without, ...]


@dataclass(frozen=True, slots=True)
class Seeds:
    """All of it. ``platform`` is that of the claims and tests, ``engine`` what ran the queries."""

    platform: str
    engine: str
    pages: tuple[PublicPage, ...]
    claims: tuple[Claim, ...]
    tests: tuple[OwnTest, ...]
    defects: tuple[Defect, ...]


def read_seeds(path: Path) -> Seeds | None:
    """The comparison in a file, None where there is none. Raises :class:`StagewatchError` for another kind of file."""
    if not path.is_file():
        return None
    try:
        return _seeds(json.loads(read_raw(path)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise StagewatchError(f"docs/{path.name} holds no comparison: {reason}") from error


def _seeds(data: Mapping[str, Any]) -> Seeds:
    return Seeds(
        platform=str(data["platform"]),
        engine=str(data["engine"]),
        pages=tuple(map(_page, data["pages"])),
        claims=tuple(map(_claim, data["claims"])),
        tests=tuple(map(_test, data["tests"])),
        defects=tuple(map(_defect, data["defects"])),
    )


def _page(data: Mapping[str, Any]) -> PublicPage:
    return PublicPage(
        technique=str(data["technique"]),
        named_for=str(data["named_for"]),
        compiled={str(name): _texts(listed) for name, listed in sorted(data["compiled"].items())},
        repairs={
            str(name): tuple((str(old), str(new)) for old, new in listed)
            for name, listed in sorted(data["repairs"].items())
        },
    )


def _claim(data: Mapping[str, Any]) -> Claim:
    return Claim(
        technique=str(data["technique"]),
        part=str(data["part"]),
        says=str(data["says"]),
        rules=_texts(data["rules"]),
        published=bool(data["published"]),
        left_out=int(data["left_out"]),
        sorts={name: _counted(data["sorts"][name]) for name in SORTS},
    )


def _counted(data: Mapping[str, Any]) -> Counted:
    wrong = tuple((str(one["label"]), str(one["rule"])) for one in data["wrong"])
    return Counted(int(data["events"]), int(data["page"]), int(data["ours"]), wrong)


def _test(data: Mapping[str, Any]) -> OwnTest:
    return OwnTest(
        technique=str(data["technique"]),
        number=int(data["test"]),
        does=str(data["does"]),
        events=int(data["events"]),
        page=None if data["page"] is None else int(data["page"]),
        repaired=None if data["repaired"] is None else int(data["repaired"]),
        ours=int(data["ours"]),
        rules=_texts(data["rules"]),
    )


def _defect(data: Mapping[str, Any]) -> Defect:
    return Defect(
        number=int(data["number"]),
        anchor=str(data["anchor"]),
        technique=str(data["technique"]),
        wrong=str(data["wrong"]),
        instead=str(data["instead"]),
        note=str(data["note"] or ""),
        not_tried=str(data["not_tried"] or ""),
        fragments=_texts(data["fragments"]),
        tries=tuple(map(_try, data["tries"])),
    )


def _try(data: Mapping[str, Any]) -> Tried | Columns | Unused | Without:
    technique = str(data["technique"])
    if "unused" in data:
        return Unused(technique, str(data["unused"]), bool(data["compiles_without"]))
    if "without" in data:
        found = (int(data["events"]), int(data["found"]), _texts(data["differ"]))
        return Without(technique, _texts(data["without"]), *found)
    if "columns_wanted" in data:
        ours = {str(rule): _texts(lacks) for rule, lacks in data["ours_lack"].items()}
        wanted, lacks = _texts(data["columns_wanted"]), _texts(data["page_lacks"])
        return Columns(technique, wanted, lacks, tuple(sorted(ours)), sum(map(bool, ours.values())))
    return Tried(
        technique=technique,
        platform=str(data["platform"]),
        label=str(data["label"]),
        fixture=None if data["rule"] is None else str(data["rule"]),
        attack=data["sort"] == "attack",
        folders_only=bool(data["folders_only"]),
        table=str(data["table"]),
        columns={str(name): str(value) for name, value in data["columns"].items()},
        marks=_texts(data["marks"]),
        events=int(data["events"]),
        minutes=float(data["minutes"]),
        page=str(data["page"]),
        messages=_texts(data["messages"]),
        repaired=None if data["repaired"] is None else str(data["repaired"]),
        ours=tuple((str(one["rule"]), str(one["verdict"])) for one in data["ours"]),
        also=_texts(data["also"]),
    )


def _texts(values: Any) -> tuple[str, ...]:
    """A list of texts; a text alone would be taken for its letters."""
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is no list")
    return tuple(map(str, values))
