"""What a hunt asks: the rules as conditions on the event table, and what they need to know of an event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sigma.correlations import SigmaCorrelationRule

from stagewatch import expression as ex
from stagewatch.correlation import Correlation, resolve
from stagewatch.findings import Finding, StagewatchError
from stagewatch.hunt.results import LEVELS, RuleFacts
from stagewatch.logs import Kind
from stagewatch.pack import Pack, PackRule
from stagewatch.targets.base import Target
from stagewatch.targets.duckdb import SOURCE_COLUMNS, asks_for_source
from stagewatch.translation import Query

HOST_FIELDS = ("Computer", "Hostname", "DeviceName", "node", "recipientAccountId")
"""Where an event tells its host, the surest first."""

USER_FIELDS = ("User", "SubjectUserName", "TargetUserName", "AccountName", "userIdentity.arn", "auid", "uid")
"""Where an event tells its user, the surest first."""

LogSource = tuple[ex.Text, ...]
"""Conditions on :data:`SOURCE_COLUMNS`: whole values, case told apart."""


@dataclass(frozen=True)
class Question:
    """One condition on single events: a rule, or one of the rules that a correlation refers to.

    ``whole`` is the condition with the log source in it, ``source`` the log source, ``rest`` what the rule itself says.
    """

    rule: str
    whole: ex.Expression

    @cached_property
    def source(self) -> LogSource:
        return tuple(term for term in ex.conjuncts(self.whole) if asks_for_source(term))

    @cached_property
    def rest(self) -> tuple[ex.Expression, ...]:
        return tuple(term for term in ex.conjuncts(self.whole) if not asks_for_source(term))

    @cached_property
    def evidence(self) -> tuple[ex.Leaf, ...]:
        """The conditions that speak for a hit where they hold: those on fields that do not stand below a NOT."""
        return tuple(dict.fromkeys(leaf for term in self.rest for leaf in ex.leaves(term, negated=False)))


@dataclass(frozen=True)
class JoinedQuestion:
    """A correlation. ``questions`` are those of the rules that it refers to, in its order."""

    rule: str
    correlation: Correlation
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Plan:
    """All that is asked of the events in one hunt."""

    rules: dict[str, RuleFacts]
    questions: tuple[Question, ...]
    joined: tuple[JoinedQuestion, ...]
    not_asked: tuple[Finding, ...] = ()

    @cached_property
    def sources(self) -> frozenset[LogSource]:
        """The log sources that some question asks."""
        return frozenset(question.source for question in self._all())

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields that the questions and the reports name."""
        names = {*HOST_FIELDS, *USER_FIELDS}
        for question in self._all():
            names.update(ex.fields(question.whole))
        for joined in self.joined:
            for branch in joined.correlation.branches:
                names.update(branch.keys, [branch.value] if branch.value else ())
        return frozenset(names - set(SOURCE_COLUMNS))

    @cached_property
    def fields(self) -> frozenset[str] | None:
        """The fields that an engine needs of an event; None, all of them, where a keyword asks the whole event."""
        leaves = (leaf for question in self._all() for leaf in ex.leaves(question.whole))
        return None if any(isinstance(leaf, ex.Keyword) for leaf in leaves) else self.names

    def wants(self, kind: Kind) -> bool:
        """Whether some question asks events of this kind."""
        return any(asks(source, kind) for source in self.sources)

    def _all(self) -> Iterator[Question]:
        yield from self.questions
        for joined in self.joined:
            yield from joined.questions


def plan(pack: Pack, target: Target, level: str = LEVELS[0]) -> Plan:
    """Translate the rules of a pack at or above a level with the target ``duckdb``.

    A rule that cannot be asked is a finding, the others are asked all the same; so are the rules that a correlation
    refers to, whatever their level.
    """
    facts: dict[str, RuleFacts] = {}
    questions: list[Question] = []
    joined: list[JoinedQuestion] = []
    not_asked: list[Finding] = []
    stems = {id(entry.rule): entry for entry in pack.rules}
    for entry in pack.rules:
        known = rule_facts(entry)
        if LEVELS.index(known.level) < LEVELS.index(level):
            continue
        try:
            if isinstance(entry.rule, SigmaCorrelationRule):
                correlation = resolve(entry.rule, target.translator)
                target.render_correlation(correlation)
                referred = [stems[id(reference.rule)] for reference in entry.rule.rules or ()]
                parts = zip(referred, correlation.branches, strict=True)
                joined.append(
                    JoinedQuestion(
                        entry.source.stem,
                        correlation,
                        tuple(Question(part.source.stem, branch.query.expression) for part, branch in parts),
                    )
                )
                facts.update((part.source.stem, rule_facts(part)) for part in referred)
                degraded: tuple[str, ...] = correlation.degraded
            else:
                query: Query = target.translator.translate(entry.rule)
                target.render(query)
                questions.append(Question(entry.source.stem, query.expression))
                degraded = query.degraded
        except StagewatchError as error:
            not_asked.append(_finding(entry, str(error)))
            continue
        facts[entry.source.stem] = known
        not_asked += [_finding(entry, f"in part: {reason}") for reason in degraded]
    return Plan(facts, tuple(questions), tuple(joined), tuple(not_asked))


def asks(source: LogSource, kind: Kind) -> bool:
    """Whether events of a kind are of a log source."""
    held = dict(zip(SOURCE_COLUMNS, (kind.product, kind.category, kind.service), strict=True))
    return all(any(held[term.field] == glob.literal for glob in term.globs) for term in source)


def rule_facts(entry: PackRule) -> RuleFacts:
    """What reports tell of a rule."""
    rule = entry.rule
    kind, seconds = "rule", None
    if isinstance(rule, SigmaCorrelationRule):
        kind, seconds = rule.type.name.lower(), rule.timespan.seconds
    return RuleFacts(
        stem=entry.source.stem,
        id=str(rule.id) if rule.id else None,
        title=rule.title or entry.source.stem,
        level=rule.level.name.lower() if rule.level else LEVELS[0],
        path=entry.source.path,
        kind=kind,
        tags=tuple(map(str, rule.tags)),
        description=rule.description or "",
        false_positives=tuple(rule.falsepositives),
        seconds=seconds,
    )


def _finding(entry: PackRule, message: str) -> Finding:
    return Finding(entry.source.path, entry.source.line, None, message)
