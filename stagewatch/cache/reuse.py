"""Builds and proves with what is known already: only the rest is done, by as many processes as it is worth."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from stagewatch.build import Made, make
from stagewatch.cache.rules import Conversions, Proofs
from stagewatch.conversion import Outcome, convert_entry
from stagewatch.findings import StagewatchError
from stagewatch.fixtures import Fixture
from stagewatch.objects.deploy import Deployment
from stagewatch.pack import Pack, PackRule
from stagewatch.prove import Proof, prove_entry
from stagewatch.targets.base import Target
from stagewatch.workers import Run, Workers, serially

MIN_CONVERSIONS = 400
"""Fewer are done in this process: they take less time than the start of another."""

MIN_PROOFS = 40

Progress = Callable[[str], None]

_Built = tuple[Pack, Sequence[Target], Deployment | None]
_Proven = tuple[Pack, Sequence[Target], Mapping[str, Fixture]]
_Trial = tuple[int, int, Outcome | None]
"""The places of a target and of a rule, and what became of the rule there, where that is known."""


def made_by_target(
    pack: Pack,
    targets: Sequence[Target],
    deployment: Deployment | None,
    known: Conversions | None,
    workers: Workers,
    progress: Progress,
) -> dict[str, Made]:
    """What :func:`stagewatch.build.make` gives for each target."""
    tasks: list[tuple[int, dict[str, Outcome]]] = []
    missing = 0
    for index, target in enumerate(targets):
        outcomes = _known(pack, target, known)
        missing += len(pack.rules) - len(outcomes)
        tasks.append((index, outcomes))

    def done(place: int, result: Made) -> None:
        index, outcomes = tasks[place]
        for entry, outcome in zip(pack.rules, result.outcomes, strict=True):
            if known is not None and entry.source.stem not in outcomes:
                known.put(entry, targets[index].name, outcome)
            progress(targets[index].name)

    shared = (pack, targets, deployment)
    results = _run(workers, missing >= MIN_CONVERSIONS)(_make, shared, tasks, done)
    return {target.name: result for target, result in zip(targets, results, strict=True)}


def proven(
    pack: Pack,
    targets: Sequence[Target],
    fixtures: Mapping[str, Fixture],
    conversions: Conversions | None,
    proofs: Proofs | None,
    workers: Workers,
    progress: Progress,
) -> list[Proof]:
    """What :func:`stagewatch.prove.prove` gives.

    Conversions that are not known are done first, here: a rule may have changed and its query not, and then the proof
    is known all the same.
    """
    found: dict[tuple[int, int], Proof] = {}
    tasks: list[_Trial] = []
    for index, target in enumerate(targets):
        for place, entry in enumerate(pack.rules):
            outcome = _converted(entry, target, conversions)
            proof = _known_proof(entry, target, outcome, fixtures.get(str(entry.rule.id)), proofs)
            if proof is None:
                tasks.append((index, place, outcome))
            else:
                found[index, place] = proof
                progress(target.name)

    def done(number: int, proof: Proof) -> None:
        index, place, outcome = tasks[number]
        found[index, place] = proof
        progress(proof.target)
        if proofs is not None and outcome is not None and outcome.rendered is not None:
            entry = pack.rules[place]
            proofs.put(entry, proof.target, outcome.rendered, fixtures.get(str(entry.rule.id)), proof)

    _run(workers, len(tasks) >= MIN_PROOFS)(_prove, (pack, targets, fixtures), tasks, done)
    return [found[index, place] for index in range(len(targets)) for place in range(len(pack.rules))]


def _run(workers: Workers, is_worth_it: bool) -> Run:
    return workers.run if workers.several and (is_worth_it or workers.started) else serially


def _known(pack: Pack, target: Target, known: Conversions | None) -> dict[str, Outcome]:
    """The outcomes that are known, by the stem of the rule."""
    if known is None:
        return {}
    found = {entry.source.stem: known.get(entry, target.name) for entry in pack.rules}
    return {stem: outcome for stem, outcome in found.items() if outcome is not None}


def _converted(entry: PackRule, target: Target, conversions: Conversions | None) -> Outcome | None:
    """The outcome of a conversion; None where that fails, or nothing is known: the trial converts then."""
    with contextlib.suppress(StagewatchError):
        return None if conversions is None else conversions.convert(entry, target)
    return None


def _known_proof(
    entry: PackRule, target: Target, outcome: Outcome | None, fixture: Fixture | None, proofs: Proofs | None
) -> Proof | None:
    if outcome is None or proofs is None:
        return None
    if outcome.rendered is None:  # nothing is run
        return prove_entry(entry, target, fixture, lambda _entry, _target: outcome)
    return proofs.get(entry, target.name, outcome.rendered, fixture)


def _make(shared: _Built, task: tuple[int, dict[str, Outcome]]) -> Made:
    pack, targets, deployment = shared
    index, outcomes = task

    def convert(entry: PackRule, target: Target) -> Outcome:
        return outcomes.get(entry.source.stem) or convert_entry(entry, target)

    return make(pack, targets[index], deployment, convert=convert)


def _prove(shared: _Proven, task: _Trial) -> Proof:
    pack, targets, fixtures = shared
    index, place, outcome = task
    entry = pack.rules[place]
    convert = convert_entry if outcome is None else lambda _entry, _target: outcome
    return prove_entry(entry, targets[index], fixtures.get(str(entry.rule.id)), convert)
