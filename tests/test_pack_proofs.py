"""The whole pack, proven on every target, and the record of it that the manifest is made from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from stagewatch import proofs
from stagewatch.findings import Finding
from stagewatch.fixtures import read_fixtures
from stagewatch.pack import read_pack
from stagewatch.prove import prove
from stagewatch.targets import TARGETS
from tests.support import target

REPOSITORY = Path(__file__).resolve().parents[1]
FIXTURES = REPOSITORY / "tests" / "rules"

ESQL_MISSING = "Elastic's ES|QL parser is not installed: on Python 3.11 it needs requirements-esql.lock (docs/proof.md)"


@cache
def proven(name: str) -> proofs.Record:
    findings: list[Finding] = []
    fixtures = read_fixtures(FIXTURES, findings)
    assert findings == []
    return proofs.record(prove(read_pack([REPOSITORY / "sigma"]), [target(name)], fixtures), {})


LOCKED = "STAGEWATCH_LOCKED"
"""Set where the versions at work are those of the lock, which the record has."""


def comparable(proof: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in proof.items() if key != "versions" or os.environ.get(LOCKED)}


def cells() -> list[Any]:
    esql = pytest.mark.skipif(find_spec("esql") is None, reason=ESQL_MISSING)
    found = []
    for stem, targets in proofs.read(FIXTURES / proofs.FILE).items():
        for name, proof in targets.items():
            marks = [esql] if ".esql" in proof["queries"] else []
            found.append(pytest.param(stem, name, marks=marks, id=f"{name}: {stem}"))
    return sorted(found, key=lambda parameter: str(parameter.id))


@pytest.mark.parametrize(("stem", "name"), cells())
def test_a_rule_is_proven_as_recorded(stem: str, name: str) -> None:
    proof = proven(name)[stem][name]
    assert proof["verdict"] in ("proven", "unsupported"), proof["problems"]
    recorded = proofs.read(FIXTURES / proofs.FILE)[stem][name]
    assert comparable(proof) == comparable(recorded), "run: python convert.py prove --record"


def test_every_rule_is_recorded_on_every_target() -> None:
    stems = {entry.source.stem for entry in read_pack([REPOSITORY / "sigma"]).rules}
    recorded = proofs.read(FIXTURES / proofs.FILE)
    assert {stem: sorted(targets) for stem, targets in recorded.items()} == {stem: sorted(TARGETS) for stem in stems}


def test_every_proof_has_tried_misses_and_hits() -> None:
    for targets in proofs.read(FIXTURES / proofs.FILE).values():
        for proof in targets.values():
            if proof["verdict"] == "proven":
                assert 0 < proof["found"] == proof["expected"] < proof["events"]
                assert proof["parser"]
                assert proof["engine"]
                assert proof["versions"]
