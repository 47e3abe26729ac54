from __future__ import annotations

from collections import Counter

import pytest

from stagewatch.targets import TARGETS
from tests.mutations.mutants import Mutation, mutations, proof_of


@pytest.mark.parametrize("mutation", mutations(), ids=str)
def test_a_proof_catches_the_mutation(mutation: Mutation) -> None:
    proof = proof_of(mutation)
    assert proof.verdict == "failed", f"{mutation} survives: {proof.found} of {proof.expected} hits"


def test_there_are_many_on_every_target() -> None:
    counts = Counter(mutation.target for mutation in mutations())
    assert set(counts) == set(TARGETS)
    assert min(counts.values()) >= 4
    assert sum(counts.values()) >= 40
