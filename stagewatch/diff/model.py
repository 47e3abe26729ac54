"""What a comparison tells: plain data, which the renderers write and nothing else decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stagewatch.findings import Finding

Kind = Literal["added", "removed", "unreadable", "changed", "retold", "fixture"]
"""``changed``: it asks something else; ``retold``: only what is said of it changed, or where it stands; ``fixture``:
only its events did; ``unreadable``: it loaded before and does no more."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An event, or a group of a correlation, about which the two versions of a rule disagree.

    ``label`` says what it is about; ``fields`` are those of the rule whose conditions hold. ``place`` is the fixture's
    rule and its case, or the file of logs. ``expected_before`` and ``expected_now`` say what the rule's own fixture
    wants of it on either side: None where it is not in it. ``why`` says which parts of the rule decide otherwise now.
    ``also`` are the stems of the rules that hit it now.
    """

    label: str
    fields: Mapping[str, str]
    place: str
    own: bool = False
    expected_before: bool | None = None
    expected_now: bool | None = None
    why: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """Which events are newly hit and no longer hit. Of very many in logs only some are shown: the counts tell all."""

    newly: tuple[Hit, ...] = ()
    gone: tuple[Hit, ...] = ()
    newly_count: int = 0
    gone_count: int = 0

    def __bool__(self) -> bool:
        return bool(self.newly_count or self.gone_count)


@dataclass(frozen=True, slots=True)
class Score:
    """What a rule does on its own fixture: events, or groups, to be hit and not to be hit."""

    expected: int
    hit: int
    others: int
    wrongly: int

    @property
    def right(self) -> bool:
        return self.hit == self.expected and not self.wrongly


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is said of a rule and changed: a text, or entries of a list that came and went."""

    name: str
    before: str = ""
    now: str = ""
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryChange:
    """A rule's query on one target. A status is None on a side where the rule is not."""

    target: str
    before: str | None
    now: str | None
    reasons: tuple[str, ...]
    """Why it is now ``degraded``, ``unsupported`` or ``failed``."""
    diff: tuple[str, ...]
    """Lines of a unified diff of the normalised query, without its head; of a new rule the whole query."""

    @property
    def worse(self) -> bool:
        """Whether the target sees less of the rule than before, or none of it."""
        order = ("ok", "degraded", "unsupported", "failed")
        return self.before is not None and self.now is not None and order.index(self.now) > order.index(self.before)


@dataclass(frozen=True, slots=True)
class FixtureChange:
    """How the events of a rule's fixture changed, by their content."""

    new_expected: int = 0
    new_others: int = 0
    gone_expected: tuple[str, ...] = ()
    """Labels of those that were to be hit, and are not in the fixture any more."""
    gone_others: int = 0
    reversed_: tuple[str, ...] = ()
    """Labels of those of which the fixture now says the opposite."""

    def __bool__(self) -> bool:
        return bool(self.new_expected or self.new_others or self.gone_expected or self.gone_others or self.reversed_)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is not as it was. What is empty did not change."""

    kind: Kind
    stem: str
    title: str
    level: str
    path: str
    identifier: str | None
    old_path: str = ""
    """Where it stood, if it was somewhere else."""
    correlation: bool = False
    fields: tuple[Field, ...] = ()
    terms: tuple[str, ...] = ()
    """Lines ``- term`` and ``+ term``: what the rule no longer says and what it says now."""
    version: tuple[int | None, int | None] = (None, None)
    stale_version: bool = False
    """Whether it asks something else under the version that it had."""
    hits: Hits = Hits()
    logs: Hits = Hits()
    score: Score | None = None
    fixture: FixtureChange = FixtureChange()
    queries: tuple[QueryChange, ...] = ()
    reason: str = ""
    """Why it cannot be read, or asked of events."""

    @property
    def lost(self) -> tuple[Hit, ...]:
        """Events that its fixture expected and that it does not hit any more.

        Of a removed rule, those that no rule hits now: else it was replaced.
        """
        gone = (hit for hit in self.hits.gone if hit.expected_before)
        return tuple(hit for hit in gone if not (self.kind == "removed" and hit.also))

    @property
    def wrong(self) -> tuple[Hit, ...]:
        """Events that it hits newly although its fixture says that it must not."""
        return tuple(hit for hit in self.hits.newly if hit.own and hit.expected_now is False)


@dataclass(frozen=True, slots=True)
class FilterChange:
    """A filter that is not switched on and is not as it was: what it does to rules where a site switches it on."""

    kind: Literal["added", "removed", "changed"]
    title: str
    path: str
    rules: Mapping[str, Hits]
    """Stem of a rule -> what changes for it, fixtures and logs together."""

    @property
    def lost(self) -> tuple[tuple[str, Hit], ...]:
        """Rules with events that their fixtures expect and that the filter now takes away."""
        return tuple((stem, hit) for stem, hits in self.rules.items() for hit in hits.gone if hit.expected_now)


@dataclass(frozen=True, slots=True)
class PipelineChange:
    """What another pipeline, or another site's setting, makes of rules that stayed as they were, on one target.

    ``groups``: the lines that change, and the stems of all rules in which just these do. ``statuses``: stem, status
    before and now, reason.
    """

    target: str
    groups: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    statuses: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListChange:
    """A named list whose values changed, and the rules that carry it and changed with it."""

    name: str
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogsRead:
    """What was read of the logs given with ``--events``."""

    events: int
    files: int
    troubled: int


@dataclass(frozen=True, slots=True)
class Review:
    """The whole comparison, the most serious first."""

    base: str
    head: str
    targets: tuple[str, ...]
    rules: tuple[RuleChange, ...] = ()
    filters: tuple[FilterChange, ...] = ()
    pipelines: tuple[PipelineChange, ...] = ()
    lists: tuple[ListChange, ...] = ()
    cosmetic: tuple[str, ...] = ()
    """Rule files of which the text alone changed."""
    findings: tuple[Finding, ...] = ()
    """What cannot be read now and could be, or was not there, before."""
    tags_gone: tuple[str, ...] = ()
    """ATT&CK techniques that no rule names any more."""
    tags_new: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Pipelines and settings that changed, by their paths."""
    logs: LogsRead | None = None
    notes: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Expected events that are no longer hit."""
        return sum(len(one.lost) for one in self.rules) + sum(len(one.lost) for one in self.filters)

    @property
    def wrong(self) -> int:
        """Near misses that are newly hit."""
        return sum(len(one.wrong) for one in self.rules)

    @property
    def unreadable(self) -> int:
        """Rules that loaded and do not any more."""
        return sum(one.kind == "unreadable" for one in self.rules)

    @property
    def blind(self) -> tuple[tuple[str, str], ...]:
        """Rule and target where a query is gone: it was there and is now unsupported or failed."""
        changed = [
            (one.stem, query.target)
            for one in self.rules
            for query in one.queries
            if query.worse and query.now in ("unsupported", "failed")
        ]
        piped = [
            (stem, one.target)
            for one in self.pipelines
            for stem, _, now, _ in one.statuses
            if now in ("unsupported", "failed")
        ]
        return (*changed, *piped)

    @property
    def harmful(self) -> bool:
        """Whether something is lost, wrong or unreadable: exit code 1."""
        return bool(self.lost or self.wrong or self.findings)

    @property
    def undeclared(self) -> bool:
        """Whether something is lost that the fixtures of today expect still, or is wrong or unreadable.

        A filter that nothing switches on loses nothing here.
        """
        kept = any(hit.expected_now for one in self.rules for hit in one.lost)
        return kept or bool(self.wrong or self.findings)

    @property
    def empty(self) -> bool:
        """Whether nothing changed that a reviewer need look at."""
        shown = (self.rules, self.filters, self.pipelines, self.lists, self.findings, self.tags_gone, self.tags_new)
        return not any(shown)
