"""The comparison of two sides, from what was read to what is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sigma.rule import SigmaRule

from stagewatch.detections import copy_rule
from stagewatch.diff import events as tried
from stagewatch.diff.asking import Trial, Version
from stagewatch.diff.compare import (
    Meanings,
    Pair,
    changed_fields,
    changed_lists,
    is_correlation,
    level,
    pairs,
    techniques,
)
from stagewatch.diff.fixture_events import PLATFORM, Content, FixtureEvents
from stagewatch.diff.log_events import try_on_logs
from stagewatch.diff.model import FilterChange, FixtureChange, Hits, Kind, LogsRead, QueryChange, Review, RuleChange
from stagewatch.diff.queries import changed_sources, differs, pipeline_changes, query_changes
from stagewatch.diff.sides import Side
from stagewatch.diff.terms import changed_terms, detection_names
from stagewatch.findings import Finding
from stagewatch.hunt.results import LEVELS
from stagewatch.pack import PackFilter, PackRule
from stagewatch.targets.base import Target


@dataclass(frozen=True, slots=True)
class _FilterTrial:
    """A filter that nothing switches on, on one of the rules that it names: its trial's place among all."""

    kind: str
    title: str
    path: str
    stem: str
    identifier: str
    place: int


def review(
    before: Side,
    now: Side,
    targets: Sequence[str],
    logs: Sequence[Path],
    scratch: Path,
) -> Review:
    """Compare two sides. ``logs`` are files and folders of more events; ``scratch`` is a folder for the time being."""
    meanings = Meanings()
    found = pairs(before.pack.rules, now.pack.rules, meanings)
    elsewhere = differs(PLATFORM, before, now)
    asked = [pair for pair in found if not (pair.before and pair.now) or elsewhere or meanings.differ(pair)]
    events = FixtureEvents(before.fixtures, now.fixtures)
    trials = [_trial(pair, before, now) for pair in asked]
    filters = _filter_trials(before, now, trials, meanings)
    outcomes = tried.try_on_fixtures(trials, events, scratch) if trials else []
    on_logs: list[Hits] = [Hits()] * len(trials)
    read: LogsRead | None = None
    if logs:
        on_logs, read = try_on_logs(trials, logs, now.layout.root, scratch)
    also = _still_hit(asked, outcomes, now, events, scratch)
    place = {id(pair): number for number, pair in enumerate(asked)}
    told = _Told(before, now, targets, meanings, events, outcomes, on_logs, also)
    changes = [change for pair in found for change in told.rule(pair, place.get(id(pair)))]
    unchanged = [pair for pair in found if pair.before and pair.now and not meanings.differ(pair)]
    cosmetic = _cosmetic(found, changes, meanings)
    return Review(
        base=before.shown,
        head=now.shown,
        targets=tuple(targets),
        rules=tuple(sorted(changes, key=_urgency)),
        filters=told.filters(filters),
        pipelines=pipeline_changes(unchanged, before, now, targets),
        lists=changed_lists(before.lists, now.lists),
        cosmetic=cosmetic,
        findings=_new_findings(before, now),
        tags_gone=tuple(sorted(techniques(before.pack.rules) - techniques(now.pack.rules))),
        tags_new=tuple(sorted(techniques(now.pack.rules) - techniques(before.pack.rules))),
        sources=changed_sources(before, now, targets),
        logs=read,
        notes=(*(f"the base: {note}" for note in (*before.notes, *_old_findings(before, now))), *now.notes),
    )


@dataclass(slots=True)
class _Told:
    """Makes a change of a pair of rules and what was found out about it."""

    before: Side
    now: Side
    targets: Sequence[str]
    meanings: Meanings
    events: FixtureEvents
    outcomes: Sequence[tried.Outcome]
    on_logs: Sequence[Hits]
    also: Mapping[Content, tuple[str, ...]]

    def rule(self, pair: Pair, place: int | None) -> list[RuleChange]:
        """The change of a rule, if there is one to tell."""
        entry, ids = pair.either, _ids(pair)
        old, new = pair.before, pair.now
        asks_else = self.meanings.differ(pair)
        fields = changed_fields(pair)
        fixture = FixtureChange()
        if old and new:
            fixture = tried.fixture_change(ids, self.events, correlation=is_correlation(new))
        moved = old is not None and new is not None and old.source.path != new.source.path
        hits = logs = Hits()
        score, reason = None, ""
        if place is not None:
            outcome = self.outcomes[place]
            hits = tried.hits_of(outcome, ids, self.events, self._also(pair))
            logs, reason = self.on_logs[place], "; ".join(dict.fromkeys(outcome.refused))
            fixture = _untold(fixture, hits)
            if new is not None:
                score = tried.score_of(outcome.now, ids[1], self.events, correlation=is_correlation(new))
        kind = self._kind(pair, asks_else or bool(hits), bool(fields or moved), bool(fixture))
        if kind is None:
            return []
        versions = tuple(side.lock.get(one) for side, one in zip((self.before, self.now), ids, strict=True))
        numbers = (versions[0].number if versions[0] else None, versions[1].number if versions[1] else None)
        locked = versions[0] is not None and versions[0] == versions[1]
        stale = locked and asks_else and self._as_written()
        unread = self._finding(pair) if kind == "unreadable" else None
        return [
            RuleChange(
                kind=kind,
                stem=entry.source.stem,
                title=entry.rule.title or entry.source.stem,
                level=level(entry),
                path=entry.source.path,
                identifier=None if entry.rule.id is None else str(entry.rule.id),
                old_path=old.source.path if moved and old else "",
                correlation=is_correlation(entry),
                fields=fields,
                terms=changed_terms(old.rule, new.rule) if asks_else and old and new else (),
                version=numbers if numbers[0] != numbers[1] or stale else (None, None),
                stale_version=stale,
                hits=hits,
                logs=logs,
                score=score,
                fixture=fixture,
                queries=self._queries(pair),
                reason=unread.message if unread else reason,
            )
        ]

    def filters(self, trials: Sequence[_FilterTrial]) -> tuple[FilterChange, ...]:
        """What filters that changed do to rules where they are switched on."""
        found: dict[tuple[str, str, str], dict[str, Hits]] = {}
        for trial in trials:
            ids = (trial.identifier, trial.identifier)
            hits = tried.hits_of(self.outcomes[trial.place], ids, self.events, {})
            logs = self.on_logs[trial.place]
            both = Hits(
                (*hits.newly, *logs.newly),
                (*hits.gone, *logs.gone),
                hits.newly_count + logs.newly_count,
                hits.gone_count + logs.gone_count,
            )
            of_filter = found.setdefault((trial.kind, trial.title, trial.path), {})
            if both:
                of_filter[trial.stem] = both
        return tuple(
            FilterChange(kind, title, path, rules)  # type: ignore[arg-type]  # one of the three words
            for (kind, title, path), rules in found.items()
        )

    def _kind(self, pair: Pair, asks_else: bool, retold: bool, fixture: bool) -> Kind | None:
        if pair.before is None:
            return "added"
        if pair.now is None:
            return "unreadable" if self._finding(pair) else "removed"
        return "changed" if asks_else else "retold" if retold else "fixture" if fixture else None

    def _queries(self, pair: Pair) -> tuple[QueryChange, ...]:
        """The queries of a rule that is new or asks something else."""
        if pair.now is None or (pair.before is not None and not self.meanings.differ(pair)):
            return ()
        return query_changes(pair, self.before, self.now, self.targets)

    def _also(self, pair: Pair) -> Mapping[Content, tuple[str, ...]]:
        """Which other rules hit what this one does not any more; for a removed rule, those of its level or above."""
        entry = pair.either
        levels = {one.source.stem: _rank(one) for one in self.now.pack.rules if one.source.stem != entry.source.stem}
        least = _rank(entry) if pair.now is None else 0
        return {
            content: tuple(stem for stem in stems if levels.get(stem, -1) >= least)
            for content, stems in self.also.items()
        }

    def _as_written(self) -> bool:
        """Whether the rules are read as their files have them: no filter and no site changes what they ask."""
        return not any(side.layout.filters or side.environment for side in (self.before, self.now))

    def _finding(self, pair: Pair) -> Finding | None:
        """Why a rule that was there is not read now, if its file is there still."""
        path = pair.either.source.path
        return next((one for one in self.now.findings if one.path == path), None)


def _trial(pair: Pair, before: Side, now: Side) -> Trial:
    names = detection_names(pair.before.rule, pair.now.rule) if pair.before and pair.now else {}
    return Trial(
        Version(pair.before, before.target(PLATFORM), names) if pair.before else None,
        Version(pair.now, now.target(PLATFORM)) if pair.now else None,
    )


def _filter_trials(before: Side, now: Side, trials: list[Trial], meanings: Meanings) -> list[_FilterTrial]:
    """Add a trial for every rule that a changed filter names: today's rule without and with it, or as it was and is."""
    found: list[_FilterTrial] = []
    old, new = ({_mark(one): one for one in side.optional} for side in (before, now))
    target = now.target(PLATFORM)
    for mark in sorted(old.keys() | new.keys()):
        was, has = old.get(mark), new.get(mark)
        kind = "added" if was is None else "removed" if has is None else "changed"
        either = has or was
        assert either is not None  # noqa: S101 - a mark is from one of the two
        if was and has and was.source.sha256 == has.source.sha256:
            continue
        for entry in now.pack.rules:
            pair = Pair(_filtered(entry, was), _filtered(entry, has))
            if pair.before is None or pair.now is None or not meanings.differ(pair):
                continue
            trials.append(Trial(Version(pair.before, target), Version(pair.now, target)))
            found.append(
                _FilterTrial(
                    kind,
                    either.filter.title or either.source.stem,
                    either.source.path,
                    entry.source.stem,
                    str(entry.rule.id),
                    len(trials) - 1,
                )
            )
    return found


def _filtered(entry: PackRule, one: PackFilter | None) -> PackRule:
    """A rule with a filter; the very same where the filter does not mean it."""
    if one is None or not isinstance(entry.rule, SigmaRule):
        return entry
    copied = copy_rule(entry.rule)
    names = set(copied.detection.detections)
    one.filter.apply_on_rule(copied)
    return entry if names == set(copied.detection.detections) else replace(entry, rule=copied)


def _mark(one: PackFilter) -> str:
    return str(one.filter.id or f"{one.source.path} {one.filter.title}")


def _still_hit(
    asked: Sequence[Pair], outcomes: Sequence[tried.Outcome], now: Side, events: FixtureEvents, scratch: Path
) -> Mapping[Content, tuple[str, ...]]:
    """Which rules hit, now, what some rule hits no more."""
    gone: set[Content] = set()
    for pair, outcome in zip(asked, outcomes, strict=False):  # those of filters stand behind
        if pair.before is not None:
            gone |= tried.lost_contents(outcome)
    target: Target = now.target(PLATFORM)
    return tried.rules_that_hit(gone, now.pack.rules, target, events, scratch)


def _untold(fixture: FixtureChange, hits: Hits) -> FixtureChange:
    """Without the events that are told of as no longer hit."""
    told = {hit.label for hit in hits.gone if hit.own}
    return replace(
        fixture,
        gone_expected=tuple(one for one in fixture.gone_expected if one not in told),
        reversed_=tuple(one for one in fixture.reversed_ if one not in told),
    )


def _cosmetic(found: Iterable[Pair], changes: Iterable[RuleChange], meanings: Meanings) -> tuple[str, ...]:
    """Files that have other bytes and say the same."""
    told = {change.path for change in changes}
    return tuple(
        sorted(
            pair.now.source.path
            for pair in found
            if pair.before and pair.now and pair.before.source.sha256 != pair.now.source.sha256
            if pair.now.source.path not in told and not meanings.differ(pair)
        )
    )


def _new_findings(before: Side, now: Side) -> tuple[Finding, ...]:
    """What cannot be read now; what could not be read before either is left to ``check``."""
    known = {(one.path, one.message) for one in before.findings}
    return tuple(one for one in now.findings if (one.path, one.message) not in known)


def _old_findings(before: Side, now: Side) -> tuple[str, ...]:
    """What could not be read before and can be now: there is nothing to compare with."""
    known = {(one.path, one.message) for one in now.findings}
    return tuple(f"not read: {one}" for one in before.findings if (one.path, one.message) not in known)


def _rank(entry: PackRule) -> int:
    return LEVELS.index(level(entry)) if level(entry) in LEVELS else 0


def _ids(pair: Pair) -> tuple[str, str]:
    before, now = pair.before or pair.either, pair.now or pair.either
    return str(before.rule.id), str(now.rule.id)


_ORDER: Mapping[Kind, int] = {"unreadable": 1, "removed": 3, "changed": 4, "added": 5, "retold": 6, "fixture": 7}


def _urgency(change: RuleChange) -> tuple[int, str]:
    """What is lost comes first, then what is wrong, then the rest by kind."""
    if change.lost:
        return 0, change.path
    return (2 if change.wrong else _ORDER[change.kind]), change.path
