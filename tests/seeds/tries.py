"""What shows each defect of the public pages: events, cases and queries, tried on the page's query and on ours.

The text of a defect has its home in ``docs/seed-defects.md``; ``defects.yml`` adds what is at fault and what shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stagewatch.fixtures import Case, Fixture
from stagewatch.languages.base import Event
from stagewatch.telemetry.native import Native, read_natives
from tests.rules_pack.fixtures import correlations, detections, fixtures
from tests.seeds.claims import PLATFORM
from tests.seeds.public import PAGES, REPOSITORY, PublicPage
from tests.seeds.trial import END, Answer, Found, Key, Records, ask, ask_case, lacks, ours, refused, singles, together

DEFECTS = Path(__file__).with_name("defects.yml")
EVENTS = Path(__file__).with_name("events.json")
TEXT = REPOSITORY / "docs" / "seed-defects.md"

SHOWN: Mapping[str, tuple[str, ...]] = {
    "DeviceProcessEvents": ("ActionType", "FileName", "FolderPath", "ProcessCommandLine"),
    "DeviceFileEvents": ("ActionType", "FileName", "FolderPath", "PreviousFileName", "InitiatingProcessFolderPath"),
    "Event": ("Source", "RenderedDescription"),
}
"""Table -> the columns that tell what an event is."""

REFUSED = "does not compile"

_ROW = re.compile(r"^\| (\d+) \| (\S.*?) \| (\S.*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """Events that are tried: their label, whether they are an attack, what a platform holds, and where they stand.

    ``whole``: the events belong together, and are found or not as one.
    """

    label: str
    attack: bool
    records: Sequence[Records]
    whole: bool
    rule: str | None = None


@cache
def defects() -> tuple[Mapping[str, Any], ...]:
    return tuple(yaml.safe_load(DEFECTS.read_text(encoding="utf-8")))


@cache
def texts() -> Mapping[int, tuple[str, str]]:
    """Number -> what is wrong, and what is done instead, as Markdown."""
    found = _ROW.findall(TEXT.read_text(encoding="utf-8"))
    return {int(number): (wrong, instead) for number, wrong, instead in found}


def asked() -> dict[Key, Records]:
    """The events of tries that stand for themselves on the platform where the pack is asked as a whole."""
    return {
        _key(defect, place): shown(trial, PLATFORM).records[0]
        for defect in defects()
        for place, trial in enumerate(defect.get("tries", ()))
        if ("event" in trial or "row" in trial) and trial.get("platform", PLATFORM) == PLATFORM
    }


def _key(defect: Mapping[str, Any], place: int) -> Key:
    return "try", int(defect["number"]), place


def page_of(defect: Mapping[str, Any], trial: Mapping[str, Any]) -> PublicPage:
    """The page whose query is tried."""
    return PAGES[trial.get("of", defect["page"])]


def tried(defect: Mapping[str, Any], place: int, found: Found) -> dict[str, Any]:
    """Try one thing and tell what became of it; ``found`` tells of :func:`asked`."""
    trial = defect["tries"][place]
    page = page_of(defect, trial)
    head = {"technique": page.technique, "platform": trial.get("platform", PLATFORM)}
    if "columns" in trial:
        return {**head, **_columns(page, trial)}
    if "unused" in trial:
        return {**head, **_unused(page, trial["unused"])}
    if "without" in trial:
        return {**head, **_without(page, trial["without"])}
    also = [stem for stem in found.get(_key(defect, place), ()) if stem not in trial["rules"]]
    return {**head, **_events(page, trial, head["platform"]), "also": also}


def shown(trial: Mapping[str, Any], platform: str) -> Shown:
    """The events of a try."""
    if "event" in trial:
        rule, label = trial["event"]["rule"], trial["event"]["label"]
        case, place = _event(_fixture(rule), label)
        return Shown(label, bool(case.match_count), singles([case.events[place]], platform), False, rule)
    if "case" in trial:
        rule, name = trial["case"]["rule"], trial["case"]["name"]
        [case] = [one for one in _fixture(rule).cases if one.name == name]
        records = together(case.events, platform)
        folders = [tuple(map(_folder_only, held)) for held in records] if trial.get("folders_only") else records
        return Shown(name, bool(case.groups), folders, True, rule)
    if "own" in trial:
        natives = [one for one in _own_events() if one.data["RuleName"] == trial["own"]]
        return Shown(trial["own"], trial["sort"] == "attack", together(natives, platform), True)
    event = Event(END, trial["row"]["table"], {"DeviceId": "-", "DeviceName": "ws-fin-07", **trial["row"]["record"]})
    return Shown(trial["label"], trial["sort"] == "attack", [(event,)], False)


def _fixture(stem: str) -> Fixture:
    return fixtures()[str((detections().get(stem) or correlations()[stem]).id)]


def _event(fixture: Fixture, label: str) -> tuple[Case, int]:
    for case in fixture.cases:
        if label in case.labels:
            return case, case.labels.index(label)
    raise ValueError(f"{fixture.path} has no event that is called {label!r}")


@cache
def _own_events() -> tuple[Native, ...]:
    return tuple(read_natives(EVENTS.read_text(encoding="utf-8")))


def _folder_only(event: Event) -> Event:
    """A row as it would be if FolderPath were the folder alone."""
    path = str(event.record.get("FolderPath", ""))
    return replace(event, record={**event.record, "FolderPath": path.rpartition("\\")[0]}) if path else event


def _events(page: PublicPage, trial: Mapping[str, Any], platform: str) -> dict[str, Any]:
    what = shown(trial, platform)
    published = _ask(page.query, what, platform)
    repaired = None if published.compiles else page.repaired(platform)
    found = [stem for stem in trial["rules"] if _hit(_ask(ours(stem, platform), what, platform))]
    return {
        "label": what.label,
        "rule": what.rule,
        "sort": "attack" if what.attack else "benign",
        "folders_only": bool(trial.get("folders_only")),
        **_told(what),
        "marks": list(trial["marks"]),
        "page": _verdict(published, what),
        "messages": list(published.problems),
        "repaired": None if repaired is None else _verdict(_ask(repaired, what, platform), what),
        "ours": [{"rule": stem, "verdict": _said(stem in found, what.attack)} for stem in trial["rules"]],
    }


def _ask(query: str, what: Shown, platform: str) -> Answer:
    return ask_case(query, what.records, platform) if what.whole else ask(query, what.records, platform)


def _hit(answer: Answer) -> bool:
    return bool(answer.found or answer.rows)


def _verdict(answer: Answer, what: Shown) -> str:
    return _said(_hit(answer), what.attack) if answer.compiles else REFUSED


def _said(hit: bool, attack: bool) -> str:
    if attack:
        return "found" if hit else "missed"
    return "wrongly found" if hit else "passed over"


def _told(what: Shown) -> dict[str, Any]:
    """The first event as its platform holds it, and how many there are over how long."""
    rows = [next(event for event in held if event.source in SHOWN) for held in what.records]
    first = rows[0]
    columns = {name: first.record[name] for name in SHOWN[first.source] if first.record.get(name)}
    times = [row.time for row in rows]
    return {
        "table": first.source,
        "columns": {name: str(value) for name, value in columns.items()},
        "events": len(rows),
        "minutes": round((max(times) - min(times)).total_seconds() / 60, 1),
    }


def _columns(page: PublicPage, trial: Mapping[str, Any]) -> dict[str, Any]:
    wanted = trial["columns"]
    return {
        "columns_wanted": list(wanted),
        "page_lacks": list(lacks(page.query, wanted, PLATFORM)),
        "ours_lack": {stem: list(lacks(ours(stem, PLATFORM), wanted, PLATFORM)) for stem in trial["rules"]},
    }


def _unused(page: PublicPage, name: str) -> dict[str, Any]:
    """A name is used nowhere if the query still compiles without its declaration."""
    query = page.repaired(PLATFORM) or page.query
    without = re.sub(rf"^let {name} = .*?;\n", "", query, count=1, flags=re.DOTALL | re.MULTILINE)
    if without == query:
        raise ValueError(f"the query declares no {name}")
    return {"unused": name, "compiles_without": not refused(without, PLATFORM)}


def _without(page: PublicPage, fragments: Sequence[str]) -> dict[str, Any]:
    """Which events of the fixtures on files are found with some path fragments of the query and not without them."""
    query = page.repaired(PLATFORM) or page.query
    fewer = query
    for fragment in fragments:
        if fragment not in fewer:
            raise ValueError(f"the query holds no {fragment}")
        fewer = fewer.replace(fragment, '"\\\\Temp\\\\"')
    stems = [claim for claim in sorted(detections()) if claim.startswith("file_event_win_")]
    listed = [
        (label, native)
        for stem in stems
        for case in _fixture(stem).cases
        for label, native in zip(case.labels, case.events, strict=True)
    ]
    records = singles([native for _, native in listed], PLATFORM)
    found, still = (ask(one, records, PLATFORM).found for one in (query, fewer))
    return {
        "without": list(fragments),
        "events": len(listed),
        "found": len(found),
        "differ": sorted({listed[place][0] for place in found ^ still}),
    }
