"""Which events two versions of a rule disagree about: all are asked at once, by the target ``duckdb``."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stagewatch.diff.asking import Asked, Trial, alone, asked
from stagewatch.diff.fixture_events import PLATFORM, CaseOf, Content, FixtureEvents, Wanted
from stagewatch.diff.model import FixtureChange, Hit, Hits, Score
from stagewatch.hunt.local import ask
from stagewatch.hunt.plan import Plan
from stagewatch.hunt.results import Burst
from stagewatch.hunt.store import Store
from stagewatch.pack import PackRule
from stagewatch.targets.base import Target

Identifiers = tuple[str, str]
"""The id of a rule before and now, by which the fixtures know it."""


@dataclass(slots=True)
class Found:
    """What one version of a rule hits: events with the fields that matched, or groups by their case."""

    events: dict[Content, Mapping[str, str]] = field(default_factory=dict)
    groups: dict[int, list[Burst]] = field(default_factory=dict)
    parts: dict[str, dict[Content, Mapping[str, str]]] = field(default_factory=dict)
    """Name of a detection -> the events of which it is true, with the fields that matched."""


@dataclass(slots=True)
class Outcome:
    """What a trial found out; ``refused`` says why a version could not be asked."""

    before: Found = field(default_factory=Found)
    now: Found = field(default_factory=Found)
    refused: tuple[str, ...] = ()


def try_on_fixtures(trials: Sequence[Trial], events: FixtureEvents, scratch: Path) -> list[Outcome]:
    """Ask all trials of the events of all fixtures."""
    outcomes = [Outcome() for _ in trials]
    questions = asked(trials, by_case=True, parts=True)
    for name, reason in questions.refused.items():
        one = outcomes[int(name.partition("/")[0])]
        one.refused = (*one.refused, reason)
    with _answered(questions.plan, events, scratch) as store:
        for hit in store.hits() if store else ():
            number, side, part = (*hit.rule.split("/", 2), "")[:3]
            found = getattr(outcomes[int(number)], side)
            content = events.rows[hit.position].content
            if part:
                found.parts.setdefault(part, {}).setdefault(content, hit.matched)
            else:
                found.events.setdefault(content, hit.matched)
        for burst in store.bursts() if store else ():
            number, side = burst.rule.split("/")
            keys = dict(burst.keys)
            case = int(keys.pop(next(iter(keys))))
            getattr(outcomes[int(number)], side).groups.setdefault(case, []).append(burst)
    _name_absent_parts(questions, outcomes)
    return outcomes


def rules_that_hit(
    contents: Collection[Content], entries: Iterable[PackRule], target: Target, events: FixtureEvents, scratch: Path
) -> Mapping[Content, tuple[str, ...]]:
    """The stems of those of the rules that hit each of some events."""
    found: dict[Content, set[str]] = {}
    if contents:
        with _answered(alone(entries, target), events, scratch, frozenset(contents)) as store:
            for hit in store.hits() if store else ():
                found.setdefault(events.rows[hit.position].content, set()).add(hit.rule)
    return {content: tuple(sorted(stems)) for content, stems in found.items()}


def lost_contents(outcome: Outcome) -> set[Content]:
    """The events that a rule hit and does not any more."""
    return outcome.before.events.keys() - outcome.now.events.keys()


def hits_of(outcome: Outcome, ids: Identifiers, events: FixtureEvents, also: Mapping[Content, tuple[str, ...]]) -> Hits:
    """What is newly hit and no longer hit, the rule's own fixture first."""
    before, now = outcome.before.events, outcome.now.events
    tell = _Teller(outcome, ids, events, also)
    newly = [tell.event(one, now[one]) for one in _in_order(now.keys() - before.keys(), events)]
    gone = [tell.event(one, before[one]) for one in _in_order(before.keys() - now.keys(), events)]
    newly_groups, gone_groups = tell.groups()
    newly, gone = _own_first([*newly, *newly_groups]), _own_first([*gone, *gone_groups])
    return Hits(tuple(newly), tuple(gone), len(newly), len(gone))


def score_of(found: Found, rule: str, events: FixtureEvents, *, correlation: bool) -> Score | None:
    """How a rule does on the fixture that it has now; None where it has none."""
    cases = [(number, case) for number, case in enumerate(events.cases) if case.rule == rule and case.now]
    if not cases:
        return None
    expected = hit = others = wrongly = 0
    for number, of in cases:
        if correlation:
            told = [_groups_told(of, burst) for burst in found.groups.get(number, ())]
            wanted = of.case.groups_on(PLATFORM)
            expected += len(wanted)
            hit += len({group for groups in told for group in groups})
            wrongly += sum(not groups for groups in told)
            others += not wanted
            continue
        rows = [row for row in events.rows if row.case == number]
        hits = {row.index for row in rows if row.content in found.events}
        if of.case.matching is None:
            least = of.case.match_count or 1
            expected, hit = expected + least, hit + min(len(hits), least)
            others, wrongly = others + len(rows) - least, wrongly + max(0, len(hits) - least)
        else:
            right = of.case.matching - of.case.not_seen.get(PLATFORM, frozenset())
            expected, hit = expected + len(right), hit + len(hits & right)
            others, wrongly = others + len(rows) - len(right), wrongly + len(hits - right)
    return Score(expected, hit, others, wrongly)


def fixture_change(ids: Identifiers, events: FixtureEvents, *, correlation: bool) -> FixtureChange:
    """How the events of a rule's fixture changed; of a correlation's, the groups."""
    if correlation:
        return _groups_change(ids, events)
    old, new = events.wanted[0].get(ids[0], {}), events.wanted[1].get(ids[1], {})
    fresh = [one for content, one in new.items() if content not in old]
    gone = [one for content, one in old.items() if content not in new]
    turned = [
        new[content]
        for content, one in old.items()
        if content in new and None not in (one.hit, new[content].hit) and one.hit != new[content].hit
    ]
    return FixtureChange(
        new_expected=sum(one.hit is not False for one in fresh),
        new_others=sum(one.hit is False for one in fresh),
        gone_expected=tuple(one.label for one in gone if one.hit is not False),
        gone_others=sum(one.hit is False for one in gone),
        reversed_=tuple(one.label for one in turned),
    )


def _groups_change(ids: Identifiers, events: FixtureEvents) -> FixtureChange:
    old: set[tuple[str, tuple[str, ...]]] = set()
    new: set[tuple[str, tuple[str, ...]]] = set()
    for of in events.cases:
        told = {(of.case.name, group) for group in of.case.groups_on(PLATFORM)}
        old |= told if of.before and of.rule == ids[0] else set()
        new |= told if of.now and of.rule == ids[1] else set()
    gone = sorted(old - new)
    return FixtureChange(
        new_expected=len(new - old), gone_expected=tuple(f"{name}: {', '.join(group)}" for name, group in gone)
    )


class _Teller:
    """Makes of what is found what a reviewer reads."""

    def __init__(
        self,
        outcome: Outcome,
        ids: Identifiers,
        events: FixtureEvents,
        also: Mapping[Content, tuple[str, ...]],
    ) -> None:
        self._outcome, self._events, self._also = outcome, events, also
        self._ids = ids
        self._own = tuple(wanted.get(one, {}) for wanted, one in zip(events.wanted, ids, strict=True))

    def event(self, content: Content, matched: Mapping[str, str]) -> Hit:
        before, now = (own.get(content) for own in self._own)
        own = now or before
        known = own or self._elsewhere(content)
        return Hit(
            label=known.label,
            fields={**self._decisive(content), **matched},
            place=known.place,
            own=own is not None,
            expected_before=self._expected_before(before, content),
            expected_now=self._expected_now(now, content),
            why=self._why(content),
            also=self._also.get(content, ()),
        )

    def groups(self) -> tuple[list[Hit], list[Hit]]:
        newly: list[Hit] = []
        gone: list[Hit] = []
        for number, case in enumerate(self._events.cases):
            old = _by_group(self._outcome.before.groups.get(number, ()))
            new = _by_group(self._outcome.now.groups.get(number, ()))
            newly += [self._of_group(case, new[key]) for key in new if key not in old]
            gone += [self._of_group(case, old[key]) for key in old if key not in new]
        return _merged(newly), _merged(gone)

    def _of_group(self, case: CaseOf, burst: Burst) -> Hit:
        told = bool(_groups_told(case, burst))
        own = case.rule in self._ids
        fields = dict(list(burst.keys.items())[1:])
        return Hit(
            label=f"a group of {burst.count}",
            fields=fields,
            place=case.place,
            own=own,
            expected_before=told if own and case.before else None,
            expected_now=told if own and case.now else None,
        )

    def _elsewhere(self, content: Content) -> Wanted:
        for side in reversed(self._events.wanted):
            for of_rule in side.values():
                if content in of_rule:
                    return of_rule[content]
        raise LookupError("an event of no fixture")

    def _expected_before(self, wanted: Wanted | None, content: Content) -> bool | None:
        if wanted is None:
            return None
        return content in self._outcome.before.events if wanted.hit is None else wanted.hit

    def _expected_now(self, wanted: Wanted | None, content: Content) -> bool | None:
        """Where a fixture only counts hits, an event is missed if there are too few, and one too many if too many."""
        if wanted is None or wanted.hit is not None:
            return None if wanted is None else wanted.hit
        case = next(one for one in self._events.cases if one.now and one.place == wanted.place)
        there = sum(content_in(self._events, case, one) for one in self._outcome.now.events)
        least = case.case.match_count
        if content in self._outcome.now.events:
            return least is None or there <= least
        return there < (least or 1)

    def _why(self, content: Content) -> tuple[str, ...]:
        """The detections of which the event decides otherwise now."""
        before, now = self._outcome.before.parts, self._outcome.now.parts
        said = []
        for name in dict.fromkeys((*before, *now)):
            was, has = content in before.get(name, ()), content in now.get(name, ())
            if has and not was:
                said.append(f"{name} matches it" if name in before else f"{name} is new and matches it")
            elif was and not has:
                said.append(f"{name} no longer matches it" if name in now else f"{name} matched it and is gone")
        return tuple(said)

    def _decisive(self, content: Content) -> Mapping[str, str]:
        """The fields by which detections match it now that did not, or were not there."""
        before, now = self._outcome.before.parts, self._outcome.now.parts
        found: dict[str, str] = {}
        for name, matches in now.items():
            if content in matches and content not in before.get(name, ()):
                found |= matches[content]
        return found


def content_in(events: FixtureEvents, case: CaseOf, content: Content) -> bool:
    """Whether a case holds an event."""
    return any(row.content == content and events.cases[row.case] is case for row in events.rows)


@contextlib.contextmanager
def _answered(
    plan: Plan, events: FixtureEvents, scratch: Path, only: frozenset[Content] | None = None
) -> Iterator[Store | None]:
    """The store in which all answers are; None where nothing was asked."""
    file = scratch / "fixtures.parquet"
    asks = bool(plan.questions or plan.joined)
    if not asks or not events.write(file, plan.fields, only):
        yield None
        return
    store = Store(plan, scratch)
    try:
        ask(plan, [file], store)
        store.finish()
        yield store
    finally:
        store.close()
        for left in scratch.glob("found.duckdb*"):
            left.unlink()
        file.unlink()


def _name_absent_parts(questions: Asked, outcomes: Sequence[Outcome]) -> None:
    """A detection that nothing meets is there all the same."""
    for question in questions.plan.questions:
        number, side, part = (*question.rule.split("/", 2), "")[:3]
        if part:
            getattr(outcomes[int(number)], side).parts.setdefault(part, {})


def _in_order(contents: Collection[Content], events: FixtureEvents) -> list[Content]:
    """Events in the order of the fixtures."""
    return [one for one in dict.fromkeys(row.content for row in events.rows) if one in contents]


def _own_first(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (not hit.own, hit.place))


def _groups_told(case: CaseOf, burst: Burst) -> list[tuple[str, ...]]:
    """The expected groups of which a row of a correlation's answer tells."""
    row = (*list(burst.keys.values())[1:], str(burst.count), burst.first.isoformat(), burst.last.isoformat())
    values = [value.casefold() for value in row]
    return [
        group
        for group in case.case.groups_on(PLATFORM)
        if all(any(word.casefold() in value for value in values) for word in group)
    ]


def _by_group(bursts: Iterable[Burst]) -> dict[tuple[str, ...], Burst]:
    """Bursts by their keys; a second one of the same group gets a number more."""
    found: dict[tuple[str, ...], Burst] = {}
    for burst in bursts:
        key = tuple(burst.keys.values())
        same = sum(one[: len(key)] == key for one in found)
        found[(*key, str(same)) if same else key] = burst
    return found


def _merged(hits: Iterable[Hit]) -> list[Hit]:
    """Groups, each once: a case that changed is tried as it was and as it is, and either side expects its own."""
    found: dict[tuple[str, ...], Hit] = {}
    for hit in hits:
        key = (hit.place, *hit.fields.values())
        other = found.get(key)
        if other is not None:
            before = other.expected_before if hit.expected_before is None else hit.expected_before
            now = other.expected_now if hit.expected_now is None else hit.expected_now
            found[key] = replace(hit, expected_before=before, expected_now=now)
        else:
            found[key] = hit
    return list(found.values())
