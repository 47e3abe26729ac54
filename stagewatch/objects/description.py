"""One description of a rule, in no platform's words: what every deployable object is made of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.findings import Unsupported
from stagewatch.objects.attack import Tactic, Technique, tactics_of, techniques_of, unnamed
from stagewatch.objects.guide import Guide
from stagewatch.pack import PackRule

NAMESPACE = uuid.UUID("9f5a2c0e-6d55-5c0b-8d2e-0a7c6e1d4b3f")
"""For identifiers derived from a rule's id: they never change, so that an import of a later version is an update."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a search runs and how far it looks back, in seconds.

    ``lookback`` covers the correlation's timespan, the time between two runs and the time that events take to arrive,
    so that no hit falls between two runs. A hit near the edge of two runs is found by both.
    """

    every: int
    lookback: int


LATENCY = 600
"""Seconds that events may take to arrive; an assumption, which a site changes."""


@dataclass(frozen=True, slots=True)
class Description:
    """A rule or correlation for an object.

    ``timespan`` is a correlation's, in seconds, None for a rule. ``sources`` are the log sources, as
    ``product/category`` or ``product/service``. ``keys`` are the group-by fields of a correlation. ``enabled`` says
    whether the object is to be switched on by its import. ``remarks`` are what an object cannot say of the rule.
    ``every`` is how often a site wants it searched, None where the rule decides; ``latency`` is how long its events may
    take to arrive; both in seconds.
    """

    stem: str
    id: str
    title: str
    text: str
    level: str
    version: int
    author: str
    created: date | None
    modified: date | None
    references: tuple[str, ...]
    false_positives: tuple[str, ...]
    tactics: tuple[Tactic, ...]
    techniques: tuple[Technique, ...]
    sources: tuple[str, ...]
    correlation: str | None = None
    timespan: int | None = None
    keys: tuple[str, ...] = ()
    guide: Guide | None = None
    enabled: bool = False
    remarks: tuple[str, ...] = ()
    every: int | None = None
    latency: int = LATENCY

    @property
    def summary(self) -> str:
        """The description in one line."""
        return " ".join(self.text.split())

    def derived_id(self, purpose: str) -> str:
        """A UUID that depends on the rule's id and the purpose alone."""
        return str(uuid.uuid5(NAMESPACE, f"{self.id}/{purpose}"))

    def schedule(self, shortest: int = 300) -> Schedule:
        """How often to search, at least ``shortest`` seconds apart, and how far back."""
        usual = 300 if self.timespan is None else min(3600, max(300, self.timespan))
        every = max(shortest, usual if self.every is None else self.every)
        return Schedule(every, (self.timespan or 0) + every + self.latency)


def describe(entry: PackRule, version: int = 1, guide: Guide | None = None, *, enabled: bool = False) -> Description:
    """The description of a rule of a pack.

    Raises :class:`Unsupported` for a rule without id, to which no object could be tied.
    """
    rule = entry.rule
    if rule.id is None:
        raise Unsupported("a rule without id cannot become an object: an import could not tell it from another")
    tags = [f"{tag.namespace}.{tag.name}" for tag in rule.tags]
    correlation = rule if isinstance(rule, SigmaCorrelationRule) else None
    return Description(
        stem=entry.source.stem,
        id=str(rule.id),
        title=rule.title,
        text=(rule.description or rule.title).strip(),
        level=rule.level.name.lower() if rule.level else "informational",
        version=version,
        author=rule.author or "",
        created=rule.date,
        modified=rule.modified or rule.date,
        references=tuple(map(str, rule.references)),
        false_positives=tuple(map(str, rule.falsepositives)),
        tactics=tactics_of(tags),
        techniques=techniques_of(tags),
        remarks=tuple(f"ATT&CK {number} is left out: the table of names lacks it" for number in unnamed(tags)),
        sources=_sources(rule),
        correlation=correlation.type.name.lower() if correlation else None,
        timespan=correlation.timespan.seconds if correlation else None,
        keys=tuple(correlation.group_by or ()) if correlation else (),
        guide=guide,
        enabled=enabled,
    )


def _sources(rule: SigmaRule | SigmaCorrelationRule) -> tuple[str, ...]:
    if isinstance(rule, SigmaCorrelationRule):
        bases = [reference.rule for reference in rule.rules or [] if reference.rule is not None]
        return tuple(sorted({source for base in bases for source in _sources(base)}))
    source = rule.logsource
    return ("/".join(part for part in (source.product, source.category or source.service) if part),)
