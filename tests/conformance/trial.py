"""Tries triples on targets: converts the rule, and runs each query on the events as the platform holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sigma.exceptions import SigmaError

from stagewatch import fixtures
from stagewatch.conversion import convert
from stagewatch.prove import prove_queries
from stagewatch.telemetry import Telemetry, load_telemetry
from tests.conformance.exceptions import Difference, difference
from tests.conformance.triples import Case, Triple
from tests.support import target

Verdict = Literal["ok", "unsupported", "failed", "unproven"]


@dataclass(frozen=True)
class Cell:
    """What came of one triple on one target. ``reasons`` say why it is unsupported or what is wrong."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    queries: Mapping[str, str] | None = None

    def __str__(self) -> str:
        lines = [f"{self.verdict}:", *self.reasons]
        return "\n".join([*lines, *(f"--- {suffix}\n{text}" for suffix, text in (self.queries or {}).items())])


@cache
def telemetry(name: str) -> Telemetry:
    """One telemetry of each platform for the whole run."""
    return load_telemetry(name)


def tried(triple: Triple, name: str) -> Cell:
    """Convert a triple's rule for a target and compare what its queries find with what must be found there."""
    try:
        rule = triple.rule()
    except SigmaError as error:
        return Cell("unsupported", (f"the rule is refused: {error}",))
    outcome = convert(rule, target(name))
    if outcome.rendered is None:
        return Cell("unsupported", outcome.reasons)
    files = outcome.rendered.files
    known = difference(name, triple.name)
    fixture = fixtures.Fixture(triple.topic, tuple(_case(case, name, known) for case in triple.cases), "")
    proof = prove_queries(triple.name, name, files, telemetry(name), fixture, is_correlation=triple.is_correlation)
    verdicts: dict[str, Verdict] = {"proven": "ok", "failed": "failed"}
    return Cell(verdicts.get(proof.verdict, "unproven"), proof.problems, files)


def _case(case: Case, name: str, known: Difference) -> fixtures.Case:
    """The case with what the target is known to find otherwise."""
    matching = case.matching ^ known.events
    groups = tuple(group for group in case.groups if group not in known.lost.get(case.name, ()))
    also = {name: known.also_found.get(case.name, ())}
    return fixtures.Case(
        name=case.name,
        events=case.events,
        labels=tuple(map(fixtures.label, case.events)),
        match_count=len(matching),
        matching=matching,
        not_seen={},
        groups=groups,
        also_found=also,
    )
