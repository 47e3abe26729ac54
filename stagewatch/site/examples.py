"""Examples for the pages: events of a fixture that a rule hits, near misses, and what of the rule each of them meets.

Events are in Sigma's own field names, as the target ``duckdb`` asks them. The fixture says which ones are hits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation, resolve
from stagewatch.findings import StagewatchError
from stagewatch.fixtures import Case, Fixture
from stagewatch.matching import Span, partial, trace
from stagewatch.targets import TARGETS
from stagewatch.targets.duckdb import HOUSE_COLUMNS, asks_for_source
from stagewatch.telemetry.duckdb import events
from stagewatch.telemetry.native import Native
from stagewatch.translation import Translator

SHOWN = 4
"""Events, or cases of a correlation, that a page shows in full of each sort."""

LOG_SOURCE = "log source"
"""No detection has this name, of two words."""

CONTEXT = (
    "Computer",
    "User",
    "SubjectUserName",
    "ParentImage",
    "Image",
    "CommandLine",
    "TargetFilename",
    "ScriptBlockText",
    "eventSource",
    "eventName",
    "userIdentity.arn",
    "operationName",
    "caller",
)
"""Fields that say what an event is, shown though the rule may not ask them."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """A field of an event and the parts of its value that the rule matches. ``asked``: the rule names the field."""

    name: str
    text: str
    spans: tuple[Span, ...]
    asked: bool


@dataclass(frozen=True, slots=True)
class Example:
    """An event. ``checks`` are the rule's detections by name and whether each of them holds.

    The log source is among them where the event is of another one.
    ``unseen`` are the targets that do not see a hit, as the fixture says: their events lack a field.
    """

    label: str
    hit: bool
    values: tuple[Value, ...]
    checks: tuple[tuple[str, bool], ...]
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """An event in a case of a correlation: seconds after the first event, and the title of the base rule that it meets.

    ``keys`` are the fields that the correlation groups by and counts, ``evidence`` those that the base rule matches.
    """

    seconds: float
    base: str
    keys: tuple[tuple[str, str], ...]
    evidence: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Burst:
    """A case of a correlation: how many events it has, those that a base rule matches, and the groups to be found."""

    name: str
    hit: bool
    events: int
    matched: int
    steps: tuple[Step, ...]
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """What a page shows; ``others`` are the labels, or names of cases, of what it does not show in full."""

    hits: tuple[Example, ...] = ()
    misses: tuple[Example, ...] = ()
    bursts: tuple[Burst, ...] = ()
    other_hits: tuple[str, ...] = ()
    other_misses: tuple[str, ...] = ()


NO_EXAMPLES = Examples()
"""Of a rule without a fixture."""


def examples_of(
    rule: SigmaRule | SigmaCorrelationRule, fixture: Fixture | None, translator: Translator, search: Any = re.search
) -> Examples:
    """The examples of a rule; none where it has no fixture or cannot be asked in Sigma's own fields."""
    if fixture is None:
        return NO_EXAMPLES
    try:
        if isinstance(rule, SigmaCorrelationRule):
            return _bursts(resolve(rule, translator), rule, fixture, search)
        return _events(rule, fixture, translator, search)
    except StagewatchError:
        return NO_EXAMPLES


def _events(rule: SigmaRule, fixture: Fixture, translator: Translator, search: Any) -> Examples:
    whole = translator.translate(rule).expression
    detections = translator.translate_detections(rule)
    hits: list[Example] = []
    misses: list[Example] = []
    for case in fixture.cases:
        for position, native in enumerate(case.events):
            hit = _is_hit(case, position)
            if hit is not None:
                unseen = tuple(name for name in TARGETS if position in case.not_seen.get(name, ()))
                example = replace(
                    _example(case.labels[position], hit, native, whole, detections, search), unseen=unseen
                )
                (hits if hit else misses).append(example)
    hits = _various(hits)
    misses = _various(sorted(misses, key=lambda one: -_nearness(one)))
    return Examples(
        hits=tuple(hits[:SHOWN]),
        misses=tuple(misses[:SHOWN]),
        other_hits=tuple(one.label for one in hits[SHOWN:]),
        other_misses=tuple(one.label for one in misses[SHOWN:]),
    )


def _is_hit(case: Case, position: int) -> bool | None:
    """What the fixture says of an event, None where it only counts hits."""
    return None if case.matching is None else position in case.matching


def _example(
    label: str,
    hit: bool,
    native: Native,
    whole: ex.Expression,
    detections: Mapping[str, ex.Expression],
    search: Any,
) -> Example:
    row = _row(native, whole)
    marks = trace(whole, row, search).marks if hit else partial(whole, row, search)
    checks = tuple((name, trace(one, row, search).holds) for name, one in detections.items())
    source = [term for term in ex.conjuncts(whole) if asks_for_source(term)]
    if not all(trace(term, row, search).holds for term in source):
        checks = ((LOG_SOURCE, False), *checks)
    asked = [name for name in row if name in ex.fields(whole) and name not in HOUSE_COLUMNS]
    values = tuple(_values(row, dict.fromkeys((*CONTEXT, *asked)), asked, marks))
    return Example(label, hit, values, checks)


def _row(native: Native, *asked: ex.Expression) -> Row:
    """An event as the target's table has it. Its columns are told apart by more than case, so an asked name is one."""
    record = next((event.record for event in events(native)), {})
    spelled = {name.lower(): name for name in record}
    names = (name for expression in asked for name in ex.fields(expression))
    return {**record, **{name: record[spelled[name.lower()]] for name in names if name.lower() in spelled}}


def _values(
    row: Row, names: Iterable[str], asked: Collection[str], marks: Mapping[str, tuple[Span, ...]]
) -> Iterator[Value]:
    for name in names:
        if row.get(name) not in (None, ""):
            yield Value(_named(name), str(row[name]), marks.get(name, ()) if name in asked else (), name in asked)


def _named(column: str) -> str:
    """Sigma's name of a column: one called like a column of the house has an underscore behind it."""
    return column[:-1] if column.endswith("_") and column[:-1].lower() in HOUSE_COLUMNS else column


def _nearness(example: Example) -> int:
    return sum(holds for _, holds in example.checks)


def _various(examples: Sequence[Example]) -> list[Example]:
    """The examples with those first that meet the rule in another way than those before them."""
    seen: set[tuple[tuple[str, bool], ...]] = set()
    first: list[Example] = []
    rest: list[Example] = []
    for one in examples:
        (rest if one.checks in seen else first).append(one)
        seen.add(one.checks)
    return first + rest


def _bursts(correlation: Correlation, rule: SigmaCorrelationRule, fixture: Fixture, search: Any) -> Examples:
    names = [reference.rule.title if reference.rule else "" for reference in rule.rules or ()]
    asked = [*(rule.group_by or [])]
    counted = getattr(rule.condition, "fieldref", None)
    hits = [case for case in fixture.cases if _is_found(case)]
    misses = [case for case in fixture.cases if not _is_found(case)]
    shown = (*hits[: SHOWN // 2], *misses[: SHOWN // 2])
    return Examples(
        bursts=tuple(_burst(case, correlation, names, asked, counted, search) for case in shown),
        other_hits=tuple(one.name for one in hits[SHOWN // 2 :]),
        other_misses=tuple(one.name for one in misses[SHOWN // 2 :]),
    )


def _is_found(case: Case) -> bool:
    return bool(case.groups) if case.match_count is None else case.match_count > 0


def _burst(
    case: Case, correlation: Correlation, names: Sequence[str], keys: Sequence[str], counted: Any, search: Any
) -> Burst:
    steps: list[tuple[datetime, Step]] = []
    began = min((native.time for native in case.events), default=None)
    for native in case.events:
        for branch, base in zip(correlation.branches, names, strict=True):
            row = _row(native, branch.query.expression)
            traced = trace(branch.query.expression, row, search)
            if traced.holds and began is not None:
                found = [name for name in traced.marks if name not in HOUSE_COLUMNS]
                evidence = tuple(_values(row, found, found, traced.marks))
                seconds = (native.time - began).total_seconds()
                steps.append((native.time, Step(seconds, base, _counting(branch, keys, counted, row), evidence)))
    steps.sort(key=lambda step: step[0])
    return Burst(
        case.name, _is_found(case), len(case.events), len(steps), tuple(step for _, step in steps), case.groups
    )


def _counting(branch: Branch, keys: Sequence[str], counted: Any, row: Row) -> tuple[tuple[str, str], ...]:
    """The fields of an event that the correlation groups by and counts, under the correlation's names for them."""
    pairs = [(name, row.get(column)) for name, column in zip(keys, branch.keys, strict=True)]
    if branch.value is not None:
        pairs.append((str(counted), row.get(branch.value)))
    return tuple((name, "" if value is None else str(value)) for name, value in pairs)
