"""Whether each query means what its rule says: accepted by a parser, known to a schema, right on the rule's events.

The events are native ones. A platform's telemetry, which knows nothing of our pipelines, makes of each the records
that the platform would hold; an engine, which knows nothing of our targets, runs the query on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sigma.correlations import SigmaCorrelationRule

from stagewatch.conversion import Convert, convert_entry
from stagewatch.findings import StagewatchError
from stagewatch.fixtures import Case, Fixture
from stagewatch.languages import load_language
from stagewatch.languages.base import Event, Language, QueryError, Result, Value
from stagewatch.pack import Pack, PackRule
from stagewatch.proofs import hashes
from stagewatch.targets.base import Target
from stagewatch.telemetry import Telemetry, load_telemetry

Verdict = Literal["proven", "failed", "unproven", "unsupported"]

PARTS = (".where.aql", ".cse")
"""Beside the query of a correlation these hold the bare filters of its rules: they are parsed, and not run."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found out about one rule on one target.

    ``unproven``: nothing is wrong, but there are no events to try or what should run them is not installed.
    ``tried`` counts native events, ``expected`` and ``found`` hits: events, or groups of a correlation.
    """

    stem: str
    target: str
    verdict: Verdict
    problems: tuple[str, ...] = ()
    parser: str = ""
    engine: str = ""
    versions: Mapping[str, str] | None = None
    tried: int = 0
    expected: int = 0
    found: int = 0
    queries: Mapping[str, str] | None = None
    """Suffix of each query file -> SHA-256 of its content in ``dist/``."""
    fixture: str | None = None
    """SHA-256 of the fixture's files."""

    def plain(self) -> dict[str, Any]:
        """As JSON holds it, without what names the rule and the target."""
        return {
            "engine": self.engine,
            "events": self.tried,
            "expected": self.expected,
            "fixture": self.fixture,
            "found": self.found,
            "parser": self.parser,
            "problems": list(self.problems),
            "queries": dict(self.queries or {}),
            "verdict": self.verdict,
            "versions": dict(self.versions or {}),
        }


def prove(
    pack: Pack,
    targets: Sequence[Target],
    fixtures: Mapping[str, Fixture],
    progress: Callable[[str], None] = lambda _: None,
) -> list[Proof]:
    """Prove every rule of the pack on every target, target by target."""
    proofs: list[Proof] = []
    for target in targets:
        for entry in pack.rules:
            proofs.append(prove_entry(entry, target, fixtures.get(str(entry.rule.id))))
            progress(target.name)
    return proofs


def prove_entry(entry: PackRule, target: Target, fixture: Fixture | None, convert: Convert = convert_entry) -> Proof:
    """Prove one rule of the pack on one target."""
    stem = entry.source.stem
    try:
        outcome = convert(entry, target)
    except StagewatchError as error:
        return Proof(stem, target.name, "failed", (str(error),))
    if outcome.rendered is None:
        return Proof(stem, target.name, "unsupported", outcome.reasons)
    is_correlation = isinstance(entry.rule, SigmaCorrelationRule)
    telemetry = load_telemetry(target.name)
    return prove_queries(stem, target.name, outcome.rendered.files, telemetry, fixture, is_correlation=is_correlation)


def prove_queries(
    stem: str,
    target: str,
    files: Mapping[str, str],
    telemetry: Telemetry,
    fixture: Fixture | None,
    *,
    is_correlation: bool = False,
) -> Proof:
    """Prove one rule's queries (suffix -> text) on one target."""
    trial = _Trial(target, telemetry, is_correlation)
    for suffix, text in files.items():
        trial.query(suffix, text, fixture)
    return trial.proof(stem, files, fixture)


@dataclass(slots=True)
class _Tally:
    """How many native events one query was tried on, and its hits."""

    tried: int = 0
    expected: int = 0
    found: int = 0


class _Trial:
    """One rule's queries on one target, tried on the rule's fixture."""

    def __init__(self, target: str, telemetry: Telemetry, is_correlation: bool) -> None:
        self.target = target
        self.telemetry = telemetry
        self.is_correlation = is_correlation
        self.languages: list[Language] = []
        self.problems: list[str] = []
        self.missing: list[str] = []
        self.tallies: dict[str, _Tally] = {}

    def query(self, suffix: str, text: str, fixture: Fixture | None) -> None:
        """Parse and check one query file, and run it on every case unless it is a part of a correlation."""
        try:
            language = load_language(suffix)
            if language not in self.languages:
                self.languages.append(language)
            problems = language.parse(text) or language.check(text, self.telemetry.schema)
            self.problems += [f"{suffix}: {problem}" for problem in problems]
            if problems or fixture is None or (self.is_correlation and suffix.endswith(PARTS)):
                return
            for case in fixture.cases:
                self._run(language, suffix, text, case)
        except QueryError as error:
            self.problems.append(f"{suffix}: {error}")
        except ModuleNotFoundError as error:
            self.missing.append(f"{suffix}: {error.name} is not installed; install the extra 'prove'")

    def _run(self, language: Language, suffix: str, text: str, case: Case) -> None:
        events: list[Event] = []
        owners: list[int] = []
        for position, native in enumerate(case.events):
            for event in self.telemetry.events(native):
                events.append(event)
                owners.append(position)
        result = language.run(text, events, self.telemetry.schema)
        tally = self.tallies.setdefault(suffix, _Tally())
        tally.tried += len(case.events)
        if self.is_correlation:
            self._compare_groups(result, case, tally)
        else:
            self._compare_events(frozenset(owners[place] for place in result.events), suffix, case, tally)

    def _compare_events(self, found: frozenset[int], suffix: str, case: Case, tally: _Tally) -> None:
        unseen = case.not_seen.get(self.target, frozenset())
        tally.found += len(found)
        if case.matching is None:
            tally.expected += case.match_count or 1
            right = len(found) == case.match_count if case.match_count is not None else bool(found)
            if not right:
                self.problems.append(f"{suffix}: {case.name}: {len(found)} hits, {case.match_count or 'some'} expected")
            return
        expected = case.matching - unseen
        tally.expected += len(expected)
        for position in sorted(expected - found):
            self.problems.append(f"{suffix}: {case.name}: missed: {case.labels[position]}")
        for position in sorted(found - expected):
            known = " (the fixture says that it is not seen)" if position in unseen else ""
            self.problems.append(f"{suffix}: {case.name}: wrongly hit: {case.labels[position]}{known}")

    def _compare_groups(self, result: Result, case: Case, tally: _Tally) -> None:
        expected = case.groups_on(self.target)
        told = [[group for group in expected if _tells(row, group)] for row in result.rows]
        found = {group for groups in told for group in groups}
        tally.expected += len(expected)
        tally.found += len(found)
        for group in expected:
            if group not in found:
                self.problems.append(f"{case.name}: missed: {', '.join(group)}")
        for row, groups in zip(result.rows, told, strict=True):
            if not groups:
                shown = ", ".join(f"{name}={value}" for name, value in list(row.items())[:6])
                self.problems.append(f"{case.name}: wrongly found: {shown}")
        count, right = len(result.rows), case.rows.get(self.target)
        if right is not None and count < right:
            self.problems.append(f"{case.name}: missed: {right - count} of {right} rows")
        if right is not None and count > right:
            self.problems.append(f"{case.name}: wrongly found: {count} rows, {right} expected")

    def proof(self, stem: str, files: Mapping[str, str], fixture: Fixture | None) -> Proof:
        missing = [*self.missing, *(["no fixture names this rule's id"] if fixture is None else [])]
        tally = next(iter(self.tallies.values()), _Tally())  # the whole query comes before its bare filter
        versions: dict[str, str] = {}
        for language in self.languages if not self.missing else ():
            versions.update(language.versions())
        return Proof(
            stem=stem,
            target=self.target,
            verdict="failed" if self.problems else "unproven" if missing else "proven",
            problems=(*self.problems, *missing),
            parser=", ".join(dict.fromkeys(language.parser for language in self.languages)),
            engine=", ".join(dict.fromkeys(language.engine for language in self.languages)),
            versions=dict(sorted(versions.items())),
            tried=tally.tried,
            expected=tally.expected,
            found=tally.found,
            queries=hashes(files),
            fixture=fixture.sha256 if fixture else None,
        )


def _tells(row: Mapping[str, Value], group: tuple[str, ...]) -> bool:
    """Whether every word of a group stands in some value of a row, whatever its case."""
    values = [str(value).casefold() for value in row.values()]
    return all(any(word.casefold() in value for value in values) for word in group)
