from __future__ import annotations

from collections import Counter

import pytest

from stagewatch.targets import TARGETS
from tests.mutations import table
from tests.mutations.mutants import Mutation, mutations, outcome


@pytest.mark.parametrize("mutation", mutations(), ids=str)
def test_a_proof_catches_the_mutation(mutation: Mutation) -> None:
    proof = outcome(mutation).proof
    assert proof.verdict == "failed", f"{mutation} survives: {proof.found} of {proof.expected} hits"


def test_there_are_many_on_every_target() -> None:
    counts = Counter(mutation.target for mutation in mutations())
    assert set(counts) == set(TARGETS)
    assert min(counts.values()) >= 12
    assert sum(counts.values()) >= 140


def test_they_are_of_every_kind_and_all_different() -> None:
    assert {mutation.kind for mutation in mutations()} == set(table.PLACES)
    assert [key for key, count in Counter(map(str, mutations())).items() if count > 1] == []


def test_every_step_of_a_proof_catches_some() -> None:
    caught = " ".join(outcome(mutation).caught_by for mutation in mutations())
    assert all(step in caught for step in ("parser", "schema", "missed", "wrongly hit", "wrongly found"))


def test_the_table_is_up_to_date() -> None:
    assert table.TABLE.read_text(encoding="utf-8") == table.text(), "run python -m tests.mutations.table"
