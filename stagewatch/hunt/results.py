"""What a hunt finds: hits of rules, bursts of correlations, and the report that holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stagewatch.findings import Finding
from stagewatch.logs import Account

LEVELS = ("informational", "low", "medium", "high", "critical")
"""Sigma's levels, the lowest first. A rule without one counts as informational."""


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What a reader of a report needs to know of a rule. ``stem`` is unique among the rules of a hunt.

    ``kind`` is ``rule`` or the type of a correlation (``event_count``, ...); ``seconds`` is a correlation's timespan.
    """

    stem: str
    id: str | None
    title: str
    level: str
    path: str
    kind: str = "rule"
    tags: tuple[str, ...] = ()
    description: str = ""
    false_positives: tuple[str, ...] = ()
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One event that a rule matches.

    ``time`` is naive and in UTC, None where the event tells none. ``source`` is its log source
    (``windows/sysmon/process_creation``), ``origin`` the file it was read from, ``position`` its running number in the
    read. ``matched`` are the fields whose conditions held, with their values.
    """

    rule: str
    time: datetime | None
    host: str | None
    user: str | None
    source: str
    origin: str
    position: int
    matched: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Burst:
    """Events of one group that a correlation joins.

    ``keys`` are its group-by fields with the group's values; ``count`` is the most that one timespan holds: distinct
    values of a ``value_count``, else events. ``members`` are its events, in order of time, each a hit of the rule that
    the correlation refers to; of more than :data:`MEMBERS` the first are there, and ``total`` tells how many there are.
    """

    rule: str
    keys: Mapping[str, str]
    first: datetime
    last: datetime
    count: int
    members: tuple[Hit, ...]
    total: int

    @property
    def host(self) -> str | None:
        """The host of the members, None where they have several or none."""
        return _only(member.host for member in self.members)

    @property
    def user(self) -> str | None:
        """The user of the members, None where they have several or none."""
        return _only(member.user for member in self.members)


MEMBERS = 100
"""Members of a burst that are kept."""

ALL_MEMBERS = 200_000
"""Members of all bursts that are kept, so that memory is bounded: of very many bursts the first few of each."""


@dataclass(frozen=True, slots=True)
class Count:
    """A line of the summary: how often a rule was hit on a host, and when."""

    rule: str
    host: str | None
    hits: int
    first: datetime | None
    last: datetime | None


@dataclass(slots=True)
class Report:
    """Everything that a hunt found out.

    ``hits`` gives them anew at each call, in order of time (those without one last), however many there are. ``rules``
    are all that were asked, by stem. ``not_asked`` are rules that could not be, each with the reason. ``account`` tells
    which file gave what. ``dismissed`` counts events outside ``since`` to ``until``.
    """

    rules: Mapping[str, RuleFacts]
    counts: Sequence[Count]
    hits: Callable[[], Iterable[Hit]]
    bursts: Sequence[Burst]
    account: Account
    not_asked: Sequence[Finding] = ()
    engine: str = "duckdb"
    since: datetime | None = None
    until: datetime | None = None
    dismissed: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Hits of rules and bursts of correlations."""
        return sum(count.hits for count in self.counts)

    def worst(self) -> str | None:
        """The highest level of what was found; None where nothing was."""
        found = {self.rules[count.rule].level for count in self.counts}
        return max(found, key=LEVELS.index) if found else None


def _only(names: Iterable[str | None]) -> str | None:
    known = {name for name in names if name is not None}
    return known.pop() if len(known) == 1 else None
