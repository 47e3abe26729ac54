"""What the pages say that they find: how much of it their queries and ours return, of the events of our fixtures.

The events were written with our rules, so ours return all of them by construction: the numbers tell what the pages'
queries do with them, and no rate of any site. Three decisions favour the pages. What a page does not name (another
directory, extension or tool) is counted apart. A near miss that any rule of ours finds is no benign event and left out.
Events that differ in case alone count once, and those that probe words of our own rules not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stagewatch.fixtures import Case
from stagewatch.telemetry.native import Native
from tests.rules_pack.fixtures import correlations, detections, fixtures
from tests.seeds.public import PAGES, PublicPage
from tests.seeds.trial import Answer, Found, Key, Records, ask, ask_case, ours, refused, singles, together

CLAIMS = Path(__file__).with_name("claims.yml")

PLATFORM = "defender"
"""Where the numbers are taken: there both pages' queries run, one of them repaired."""

LIKE = ("ActionType", "FolderPath", "FileName", "ProcessCommandLine", "InitiatingProcessFolderPath")
"""Columns in which events that count twice would be alike."""

NAMED, BEYOND, BENIGN = "named", "beyond", "benign"
"""Attack events within what the page names, those beyond it, and near misses."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An event of a fixture that is counted: the rule that it was written for, its label, and its sort."""

    stem: str
    label: str
    sort: str
    native: Native


@cache
def claims() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    return data


def parts() -> Iterator[tuple[PublicPage, Mapping[str, Any]]]:
    """Each part of a page's query with its claim."""
    return ((page, claim) for page in PAGES.values() for claim in claims()[page.technique])


def subjects(claim: Mapping[str, Any]) -> list[Subject]:
    """The events of a claim's rules that are counted, near misses that a rule of the pack finds not yet left out."""
    found: list[Subject] = []
    seen: set[tuple[str, ...]] = set()
    for stem in claim.get("rules", ()):
        for case in fixtures()[str(detections()[stem].id)].cases:
            for label, native in zip(case.labels, case.events, strict=True):
                sort = _sort(claim, case, label)
                alike = _alike(native)
                if sort is not None and alike is not None and alike not in seen:
                    seen.add(alike)
                    found.append(Subject(stem, label, sort, native))
    return found


def _sort(claim: Mapping[str, Any], case: Case, label: str) -> str | None:
    left_out = [claims()["probes"], *claim.get("left_out", ())]
    if any(_named(label, one["labels"]) for one in left_out):
        return None
    if not case.match_count:
        return BENIGN
    return BEYOND if _named(label, claim.get("beyond", ())) else NAMED


def _named(label: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(label, pattern) for pattern in patterns)


def _alike(native: Native) -> tuple[str, ...] | None:
    """What two events that differ in case alone share, None of an event that the platform does not hold."""
    rows = [event.record for [held] in [singles([native], PLATFORM)] for event in held if "ActionType" in event.record]
    return tuple(str(rows[0].get(column, "")).casefold() for column in LIKE) if rows else None


def near_misses() -> dict[Key, Records]:
    """The near misses of all claims, of which those are no benign events that a rule of the pack finds."""
    listed = [one for _, claim in parts() for one in subjects(claim) if one.sort == BENIGN]
    return dict(zip(map(_key, listed), singles([one.native for one in listed], PLATFORM), strict=True))


def _key(subject: Subject) -> Key:
    return "near miss", subject.stem, subject.label


def compared(found: Found) -> list[dict[str, Any]]:
    """Each claim with its numbers; ``found`` tells of :func:`near_misses`."""
    return [_cases(page, claim) if "correlation" in claim else _events(page, claim, found) for page, claim in parts()]


def _events(page: PublicPage, claim: Mapping[str, Any], found: Found) -> dict[str, Any]:
    listed = subjects(claim)
    kept = [one for one in listed if one.sort != BENIGN or not found[_key(one)]]
    records = singles([one.native for one in kept], PLATFORM)
    mine = frozenset[int]().union(*(ask(ours(stem, PLATFORM), records, PLATFORM).found for stem in claim["rules"]))
    published, repaired = _both(page, records)
    theirs = (published if published.compiles else repaired).found
    return {
        **_head(page, claim),
        "rules": list(claim["rules"]),
        "left_out": len(listed) - len(kept),
        "sorts": {sort: _count(sort, kept, theirs, mine) for sort in (NAMED, BEYOND, BENIGN)},
        "published": published.compiles,
    }


def _both(page: PublicPage, records: Sequence[Records]) -> tuple[Answer, Answer]:
    """What the page's query returns as it stands, and with the least repair where it needs one."""
    published = ask(page.query, records, PLATFORM)
    repaired = page.repaired(PLATFORM)
    return published, published if repaired is None else ask(repaired, records, PLATFORM)


def _count(sort: str, listed: Sequence[Subject], page: frozenset[int], mine: frozenset[int]) -> dict[str, Any]:
    """Events of one sort, how many of them each returns, and the labels that the page's query gets wrong."""
    places = [place for place, one in enumerate(listed) if one.sort == sort]
    wrong = [listed[place] for place in places if (place in page) == (sort == BENIGN)]
    return {
        "events": len(places),
        "page": sum(place in page for place in places),
        "ours": sum(place in mine for place in places),
        "wrong": [{"label": one.label, "rule": one.stem} for one in wrong],
    }


def _cases(page: PublicPage, claim: Mapping[str, Any]) -> dict[str, Any]:
    stem = claim["correlation"]
    counts: dict[str, dict[str, Any]] = {
        sort: {"events": 0, "page": 0, "ours": 0, "wrong": []} for sort in (NAMED, BEYOND, BENIGN)
    }
    published = not refused(page.query, PLATFORM)
    query = page.query if published else page.repaired(PLATFORM) or page.query
    for case in fixtures()[str(correlations()[stem].id)].cases:
        records = together(case.events, PLATFORM)
        hit = bool(ask_case(query, records, PLATFORM).rows)
        count = counts[NAMED if case.groups else BENIGN]
        count["events"] += 1
        count["page"] += hit
        count["ours"] += bool(ask_case(ours(stem, PLATFORM), records, PLATFORM).rows)
        if hit != bool(case.groups):
            count["wrong"].append({"label": case.name, "rule": stem})
    return {**_head(page, claim), "rules": [stem], "left_out": 0, "sorts": counts, "published": published}


def _head(page: PublicPage, claim: Mapping[str, Any]) -> dict[str, Any]:
    return {"technique": page.technique, "part": claim["part"], "says": claim["says"], "platform": PLATFORM}
