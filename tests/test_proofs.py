from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch import proofs
from stagewatch.findings import UsageError
from stagewatch.prove import Proof

PROVEN = Proof("rule", "splunk", "proven", queries={".spl": "aa"}, versions={"x": "1"}, tried=2, expected=1, found=1)


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / proofs.FILE
    path.write_bytes(proofs.dump(proofs.record([PROVEN], {})))
    known = proofs.read(path)
    assert proofs.proof_of(known, "rule", "splunk", {".spl": "aa"}) == PROVEN.plain()


def test_a_query_that_has_changed_is_not_proven_any_more() -> None:
    known = proofs.record([PROVEN], {})
    assert proofs.proof_of(known, "rule", "splunk", {".spl": "bb"}) is None
    assert proofs.proof_of(known, "rule", "elastic", {".spl": "aa"}) is None
    assert proofs.proof_of(known, "other", "splunk", {".spl": "aa"}) is None


def test_proofs_of_other_targets_stay_and_those_of_rules_that_are_gone_do_not() -> None:
    earlier = {"rule": {"elastic": {"verdict": "proven"}}, "gone": {"splunk": {"verdict": "proven"}}}
    known = proofs.record([PROVEN], earlier)
    assert {stem: sorted(targets) for stem, targets in known.items()} == {"rule": ["elastic", "splunk"]}


def test_proving_some_rules_keeps_what_is_recorded_of_the_others() -> None:
    earlier = {"rule": {"elastic": {"verdict": "proven"}}, "other": {"splunk": {"verdict": "proven"}}}
    known = proofs.record([PROVEN], earlier, whole=False)
    assert {stem: sorted(targets) for stem, targets in known.items()} == {
        "rule": ["elastic", "splunk"],
        "other": ["splunk"],
    }
    assert earlier["rule"] == {"elastic": {"verdict": "proven"}}


def test_without_a_record_nothing_is_proven(tmp_path: Path) -> None:
    assert proofs.read(tmp_path / proofs.FILE) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "proofs": {"a": {"b": {}}}}'])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / proofs.FILE
    path.write_text(text)
    with pytest.raises(UsageError, match=r"proofs\.json"):
        proofs.read(path)


def test_the_hash_is_that_of_the_file_in_dist() -> None:
    assert proofs.hashes({".kql": "x"}) == {
        ".kql": "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"  # printf 'x\n' | sha256sum
    }
