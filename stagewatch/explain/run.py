"""Puts an explanation together: words, traces, and what became of each event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.conversion import convert
from stagewatch.explain.events import Given
from stagewatch.explain.match import Platform, Verdict
from stagewatch.explain.model import Item, Node
from stagewatch.explain.pipelines import PipelinePlaces
from stagewatch.explain.rule import Described, Reader
from stagewatch.explain.trace import Trace, trace
from stagewatch.explain.vocabulary import source_name
from stagewatch.explain.why import Cause, causes
from stagewatch.explain.words import Line, correlation_outline, outline, sentence
from stagewatch.findings import StagewatchError, UsageError, one_line
from stagewatch.languages.base import QueryError
from stagewatch.pack import PackRule
from stagewatch.targets.base import Target
from stagewatch.telemetry import load_telemetry
from stagewatch.telemetry.native import Native
from stagewatch.yamlsafe import decoded, read_raw

if TYPE_CHECKING:
    from stagewatch.environment import Environment

Shown = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Base:
    """A rule on single events: the one that is explained, or one that a correlation refers to."""

    title: str
    path: str
    rule: SigmaRule
    described: Described
    outline: tuple[Line, ...]
    sentence: str

    @property
    def tree(self) -> Node:
        """The condition."""
        return self.described.tree

    @property
    def asked(self) -> str:
        """The log source in a word."""
        return source_name(self.rule.logsource)


@dataclass(frozen=True, slots=True)
class Looked:
    """A verdict with its reasons."""

    verdict: Verdict
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """One event: for each base rule what each platform says of it, in the order of the targets."""

    given: Given
    own: Mapping[str, object]
    by_rule: tuple[tuple[Base, tuple[Looked, ...]], ...]


@dataclass(frozen=True, slots=True)
class Together:
    """What a correlation finds in all the events, on one platform."""

    target: str
    rows: tuple[Mapping[str, object], ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Explanation:
    """All that is told of one rule. ``notes`` say what could not be looked at."""

    entry: PackRule
    path: str
    outline: tuple[Line, ...]
    bases: tuple[Base, ...]
    targets: tuple[str, ...] = ()
    traces: list[Trace] = field(default_factory=list)
    events: list[Explained] = field(default_factory=list)
    together: list[Together] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all base rules."""
        return tuple(item for base in self.bases for item in base.described.items)

    @property
    def agrees(self) -> bool:
        """Whether the parts and the whole queries say the same of every event."""
        return all(looked.verdict.agrees for event in self.events for _, found in event.by_rule for looked in found)


def explain(entry: PackRule, shown: Shown, *, full: bool = False) -> Explanation:
    """The rule in words. Marks its items, and those of its base rules, with their places."""
    paths: dict[Path, str] = {}
    if entry.rule.source is not None:
        paths[entry.rule.source.path] = entry.source.path

    def told(path: Path) -> str:
        return paths.get(path) or shown(path)

    reader = Reader(told)
    rule = entry.rule
    if isinstance(rule, SigmaRule):
        base = _base(rule, reader, entry.source.line, told, full)
        return Explanation(entry, entry.source.path, base.outline, (base,))
    bases = [reference.rule for reference in rule.rules or [] if isinstance(reference.rule, SigmaRule)]
    if rule.source is None:
        raise UsageError("the correlation comes from no file, so that no line of it can be told")
    places = reader.text(rule.source.path).places(entry.source.line)
    return Explanation(
        entry,
        entry.source.path,
        tuple(correlation_outline(rule, places)),
        tuple(_base(one, reader, None, told, full) for one in bases),
    )


def _base(rule: SigmaRule, reader: Reader, line: int | None, shown: Shown, full: bool) -> Base:
    path = rule.source.path if rule.source is not None else Path()
    described = reader.describe(rule, line if line is not None else reader.line_of(rule))
    lines = tuple(outline(rule, described.tree, full=full))
    return Base(one_line(rule.title or ""), shown(path), rule, described, lines, sentence(described.tree, full=full))


def changed_by(environment: Environment, bases: Sequence[Base]) -> list[str]:
    """A note for each rule whose values a site changes in memory: the lines are those of the file as it is."""
    notes = []
    for base in bases:
        source = base.rule.source
        if source is not None:
            text = decoded(read_raw(source.path))
            if environment.rewrite(source.path.stem, text) != text:
                notes.append(
                    f"the environment {environment.name!r} changes values of {base.path}; lines are of the file"
                )
    return notes


@dataclass(slots=True)
class Explainer:
    """Looks at targets one after another."""

    explanation: Explanation
    pipelines: Sequence[Path] = ()
    environment: Environment | None = None
    shown: Shown = Path.as_posix
    _found: dict[tuple[int, int, str], Looked] = field(default_factory=dict)

    def look(self, target: Target, events: Sequence[Given]) -> None:
        """Trace the rule on a target, and run its parts on the events."""
        told = self.explanation
        places = PipelinePlaces(target, self.pipelines, self.environment, self.shown)
        unused = [item for base in told.bases for item in base.described.unused]
        told.targets = (*told.targets, target.name)
        told.traces.append(trace(told.entry.rule, target, places, told.items, unused))
        if events:
            self._match(Platform(target, places), events)

    def _match(self, platform: Platform, events: Sequence[Given]) -> None:
        natives = [given.event for given in events]
        name = platform.target.name
        try:
            for index, base in enumerate(self.explanation.bases):
                for place, verdict in enumerate(platform.verdicts(base.rule, base.tree, natives)):
                    own = own_fields(natives[place])
                    found = tuple(causes(verdict, base.tree, own, base.asked))
                    self._found[place, index, name] = Looked(verdict, found)
            if isinstance(self.explanation.entry.rule, SigmaCorrelationRule):
                self.explanation.together.append(_together(self.explanation.entry.rule, platform, natives))
        except ModuleNotFoundError as error:
            reason = f"{error.name} is not installed; install the extra 'prove'"
            self.explanation.notes.append(f"{name}: {reason}")
            for place in range(len(natives)):
                for index in range(len(self.explanation.bases)):
                    looked = Looked(Verdict(name, None, reason=reason), (Cause("unsupported", reason),))
                    self._found[place, index, name] = looked

    def finish(self, events: Sequence[Given]) -> Explanation:
        """The explanation, with what became of each event."""
        told = self.explanation
        for place, given in enumerate(events):
            by_rule = tuple(
                (base, tuple(self._found[place, index, name] for name in told.targets))
                for index, base in enumerate(told.bases)
            )
            told.events.append(Explained(given, own_fields(given.event), by_rule))
        return told


def own_fields(native: Native) -> Mapping[str, object]:
    """An event under Sigma's names."""
    rows = load_telemetry("duckdb").events(native)
    return rows[0].record if rows else dict(native.data)


def _together(rule: SigmaCorrelationRule, platform: Platform, natives: Sequence[Native]) -> Together:
    """The correlation as a whole: its parts are single events, only together do they make a hit."""
    name = platform.target.name
    try:
        outcome = convert(rule, platform.target)
        if outcome.rendered is None:
            return Together(name, reason=one_line("; ".join(outcome.reasons)))
        return Together(name, tuple(platform.rows(outcome.rendered, natives)))
    except (StagewatchError, QueryError) as error:
        return Together(name, reason=one_line(str(error)))
