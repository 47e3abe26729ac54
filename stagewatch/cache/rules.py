"""What became of one rule on one target: its conversion, and the proof of its queries.

A conversion depends on the rule and, for a correlation, on the rules that it refers to; on filters, pipelines and a
site's file; on the code. A proof depends on the queries themselves, on the fixture and on the code. What failed is
never kept: it is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sigma.correlations import SigmaCorrelationRule

from stagewatch.cache.inputs import hash_of
from stagewatch.conversion import Outcome, convert_entry
from stagewatch.fixtures import Fixture
from stagewatch.pack import Pack, PackRule
from stagewatch.proofs import hashes
from stagewatch.prove import Proof
from stagewatch.targets.base import Rendered, Target

CONVERSION, PROOF = "conversion", "proof"


class Entries(Protocol):
    """Where values of plain data are kept: :class:`stagewatch.cache.store.Store`."""

    def get(self, kind: str, key: str) -> Any: ...

    def put(self, kind: str, key: str, value: object) -> None: ...


@dataclass(slots=True)
class Conversions:
    """Outcomes of conversions. ``around`` is, by target, a hash of all that they depend on besides the rules."""

    entries: Entries
    around: Mapping[str, str]
    _sources: dict[int, list[Any]] = field(default_factory=dict)
    """id of a rule -> what it is told by, with the rules that it refers to."""

    @classmethod
    def of(cls, entries: Entries, around: Mapping[str, str], pack: Pack) -> Conversions:
        """For the rules of a pack."""
        made = cls(entries, around)
        own = {id(entry.rule): _source(entry) for entry in pack.rules}
        for entry in pack.rules:
            made._sources[id(entry.rule)] = [own[id(rule)] for rule in _closure(entry.rule) if id(rule) in own]
        return made

    def get(self, entry: PackRule, target: str) -> Outcome | None:
        """The outcome, where it is known."""
        return outcome_of(self.entries.get(CONVERSION, self._key(entry, target)))

    def put(self, entry: PackRule, target: str, outcome: Outcome) -> None:
        """Remember an outcome, unless something failed."""
        if outcome.status != "failed":
            self.entries.put(CONVERSION, self._key(entry, target), plain_outcome(outcome))

    def convert(self, entry: PackRule, target: Target) -> Outcome:
        """The outcome, known or not: a :data:`stagewatch.conversion.Convert`."""
        outcome = self.get(entry, target.name)
        if outcome is None:
            outcome = convert_entry(entry, target)
            self.put(entry, target.name, outcome)
        return outcome

    def _key(self, entry: PackRule, target: str) -> str:
        return hash_of([self.around[target], target, self._sources[id(entry.rule)]])


@dataclass(slots=True)
class Proofs:
    """Proofs of queries. ``code`` is a hash of the code that proves."""

    entries: Entries
    code: str

    def get(self, entry: PackRule, target: str, rendered: Rendered, fixture: Fixture | None) -> Proof | None:
        """The proof of these queries, where it is known."""
        value = self.entries.get(PROOF, self._key(entry, target, rendered, fixture))
        return proof_of(value, entry.source.stem, target)

    def put(self, entry: PackRule, target: str, rendered: Rendered, fixture: Fixture | None, proof: Proof) -> None:
        """Remember a proof, unless it failed."""
        if proof.verdict in ("proven", "unproven"):
            self.entries.put(PROOF, self._key(entry, target, rendered, fixture), proof.plain())

    def _key(self, entry: PackRule, target: str, rendered: Rendered, fixture: Fixture | None) -> str:
        tried = None if fixture is None else fixture.sha256
        is_correlation = isinstance(entry.rule, SigmaCorrelationRule)
        queries = list(hashes(rendered.files).items())
        return hash_of([self.code, target, str(entry.rule.id), is_correlation, queries, tried])


def plain_outcome(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain data."""
    rendered = outcome.rendered
    made = None
    if rendered is not None:
        made = [list(map(list, rendered.files.items())), rendered.window, list(rendered.warnings)]
    return {"reasons": list(outcome.reasons), "rendered": made, "status": outcome.status}


def outcome_of(value: Any) -> Outcome | None:
    """The outcome that plain data tells; None where it tells none."""
    try:
        rendered = None
        if value["rendered"] is not None:
            files, window, warnings = value["rendered"]
            rendered = Rendered({str(suffix): str(text) for suffix, text in files}, window, tuple(map(str, warnings)))
        return Outcome(value["status"], tuple(map(str, value["reasons"])), rendered)
    except (KeyError, TypeError, ValueError):
        return None


def proof_of(value: Any, stem: str, target: str) -> Proof | None:
    """The proof that plain data tells (:meth:`stagewatch.prove.Proof.plain`); None where it tells none."""
    try:
        return Proof(
            stem=stem,
            target=target,
            verdict=value["verdict"],
            problems=tuple(map(str, value["problems"])),
            parser=str(value["parser"]),
            engine=str(value["engine"]),
            versions={str(name): str(version) for name, version in value["versions"].items()},
            tried=int(value["events"]),
            expected=int(value["expected"]),
            found=int(value["found"]),
            queries={str(suffix): str(digest) for suffix, digest in value["queries"].items()},
            fixture=None if value["fixture"] is None else str(value["fixture"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _source(entry: PackRule) -> list[Any]:
    source = entry.source
    return [source.path, source.line, source.stem, source.sha256]


def _closure(rule: Any) -> list[Any]:
    """A rule and, for a correlation, the rules that it refers to, and so on; each once, in order."""
    found: dict[int, Any] = {}
    waiting = [rule]
    while waiting:
        one = waiting.pop(0)
        if one is not None and id(one) not in found:
            found[id(one)] = one
            if isinstance(one, SigmaCorrelationRule):
                waiting += [reference.rule for reference in one.referenced_rules]
    return list(found.values())
