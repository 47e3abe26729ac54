"""Helpers: a small repository, events as their sources write them, and rules made of them in memory."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from stagewatch.layout import Layout, read_layout
from stagewatch.new import make
from stagewatch.new.event import Event
from stagewatch.new.intake import Found, read
from stagewatch.new.sanitise import sanitise
from stagewatch.new.trial import targets_of
from stagewatch.pack import Pack

REPOSITORY = Path(__file__).parents[2]
EVENTS = REPOSITORY / "tests" / "rules"
DAY = date(2026, 11, 22)
ID = uuid.UUID("11111111-1111-4111-8111-111111111111")


def repository(folder: Path, *, lists: bool = True) -> Layout:
    """A repository without rules."""
    (folder / "sigma").mkdir(parents=True)
    if lists:
        shutil.copytree(REPOSITORY / "lists", folder / "lists")
    return read_layout(folder)


def recorded(count: int) -> Iterator[tuple[str, Found]]:
    """About as many events of the pack's fixtures, of all rules, with the name of the file and the event's place."""
    files = [path for path in sorted(EVENTS.glob("*/match.json")) if not path.parent.name.startswith("correlation")]
    found = [(f"{path.parent.name} {one.number}", one) for path in files for one in read(str(path), None)]
    step = max(1, len(found) // count)
    yield from found[::step]


def answers(title: str = "Archive Made for a Test", **more: Any) -> make.Answers:
    given: dict[str, Any] = {"technique": "T1074.001", "date": DAY, "id": ID, "author": "Somebody"}
    return make.Answers(title=title, **{**given, **more})


def drafted(
    event: Event,
    layout: Layout,
    given: make.Answers | None = None,
    fields: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    negatives: tuple[Event, ...] = (),
) -> make.Draft:
    """The files of a rule, as the command makes them, for DuckDB and Google SecOps, which lacks fields."""
    event = sanitise(event).event
    lists = make.lists_of(layout)
    groups = make.proposals(event, make.context_of(event, lists), fields, without)
    groups = make.told_apart(groups, negatives)
    targets = [one for one in targets_of(layout) if one.name in ("duckdb", "secops")]
    return make.draft(event, groups, negatives, given or answers(), layout, Pack(), targets)


def rule_of(draft: make.Draft) -> str:
    return draft.files[draft.paths.rule].decode()


def detection_of(draft: make.Draft) -> str:
    """The text of a rule's detection."""
    text = rule_of(draft)
    return text[text.index("detection:\n") : text.index("falsepositives:\n")]
