"""What a change makes of the queries: rule by rule where a rule changed, target by target where a pipeline did."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from stagewatch.conversion import Outcome, convert
from stagewatch.diff.compare import Pair
from stagewatch.diff.model import PipelineChange, QueryChange
from stagewatch.diff.normal import normal, query_diff
from stagewatch.diff.revision import HOUSE
from stagewatch.diff.sides import Side
from stagewatch.findings import StagewatchError, one_line
from stagewatch.pack import PackRule
from stagewatch.prove import PARTS
from stagewatch.targets.base import Target
from stagewatch.yamlsafe import YamlError, read_documents


def query_changes(pair: Pair, before: Side, now: Side, targets: Iterable[str]) -> tuple[QueryChange, ...]:
    """How a rule's queries changed on each target; what is as it was is left out."""
    return tuple(change for name in targets for change in _query_change(name, pair, before, now))


def _query_change(name: str, pair: Pair, before: Side, now: Side) -> Iterator[QueryChange]:
    old = _outcome(pair.before, before.target(name)) if pair.before else None
    new = _outcome(pair.now, now.target(name)) if pair.now else None
    diff = tuple(_diff(name, old, new)) if new else ()
    changed = old is None or new is None or old.status != new.status or old.reasons != new.reasons or diff
    if changed:
        yield QueryChange(
            name, old.status if old else None, new.status if new else None, new.reasons if new else (), diff
        )


def pipeline_changes(
    pairs: Sequence[Pair], before: Side, now: Side, targets: Iterable[str]
) -> tuple[PipelineChange, ...]:
    """What pipelines and settings make of rules that did not change themselves."""
    return tuple(
        change
        for name in targets
        if differs(name, before, now)
        for change in [_pipeline_change(name, pairs, before, now)]
        if change.groups or change.statuses
    )


def _pipeline_change(name: str, pairs: Sequence[Pair], before: Side, now: Side) -> PipelineChange:
    groups: dict[tuple[str, ...], tuple[tuple[str, ...], list[str]]] = {}
    statuses = []
    for pair in pairs:
        for change in _query_change(name, pair, before, now):
            stem = pair.either.source.stem
            if change.before != change.now:
                statuses.append((stem, change.before or "", change.now or "", "; ".join(change.reasons)))
            key = tuple(line.replace(" ", "") for line in change.diff if line[:1] in "+-")
            if key:
                groups.setdefault(key, (change.diff, []))[1].append(stem)
    listed = sorted(((diff, tuple(stems)) for diff, stems in groups.values()), key=lambda one: (-len(one[1]), one[1]))
    return PipelineChange(name, tuple(listed), tuple(statuses))


def differs(name: str, before: Side, now: Side) -> bool:
    """Whether a target's pipelines, or the site's settings, say something else on the two sides."""
    if _settings(before) != _settings(now):
        return True
    if [_data(path) for path in before.layout.pipelines] != [_data(path) for path in now.layout.pipelines]:
        return True
    if before.house is None and now.house is None:
        return False
    old, new = _data(_house(before, now) / f"{name}.yml"), _data(_house(now, before) / f"{name}.yml")
    return bool(old != new)


def changed_sources(before: Side, now: Side, targets: Iterable[str]) -> tuple[str, ...]:
    """The pipelines and settings that changed, by their paths."""
    found = []
    old = {before.layout.shown(path): _data(path) for path in before.layout.pipelines}
    new = {now.layout.shown(path): _data(path) for path in now.layout.pipelines}
    found += [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    if before.house is not None or now.house is not None:
        for name in targets:
            if _data(_house(before, now) / f"{name}.yml") != _data(_house(now, before) / f"{name}.yml"):
                found.append(f"{HOUSE}/{name}.yml")
    if _settings(before) != _settings(now):
        side = now if now.layout.environment is not None else before
        found.append(side.layout.shown(side.layout.environment) if side.layout.environment else "the settings of --env")
    return tuple(found)


def _house(side: Side, other: Side) -> Path:
    """The pipelines of the house on a side; where it has none of its own, they are those that the program has."""
    from stagewatch.pipelines import house_directory

    return side.house or (house_directory() if other.house is not None else Path())


def _diff(name: str, old: Outcome | None, new: Outcome) -> Iterator[str]:
    """The changed lines of all files of a query. Of a new query all lines; of one that is gone, none."""
    was = old.rendered.files if old and old.rendered else {}
    has = new.rendered.files if new.rendered else {}
    shown = [suffix for suffix in has if not (len(has) > 1 and suffix in PARTS)] or list(has)
    for suffix in shown:
        if suffix in was:
            yield from query_diff(name, was[suffix], has[suffix])
        else:
            yield from normal(name, has[suffix])


def _outcome(entry: PackRule, target: Target) -> Outcome:
    try:
        return convert(entry.rule, target)
    except StagewatchError as error:
        return Outcome("failed", (one_line(str(error)),))


def _settings(side: Side) -> Any:
    """What the site's file says, apart from its text; with its own filters, whose rules show what they do."""
    if side.environment is None:
        return None
    try:
        data = tomllib.loads(side.environment.root.text)
    except tomllib.TOMLDecodeError:
        return side.environment.sha256
    return {key: value for key, value in data.items() if key != "name"}


def _data(path: Path) -> Any:
    """A YAML file without its comments and its layout."""
    try:
        return [document for _, document in read_documents(path)]
    except YamlError as error:
        return str(error)
