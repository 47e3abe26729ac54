from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stagewatch.cache.rules import Conversions, Proofs, outcome_of, plain_outcome
from stagewatch.conversion import Outcome, convert_entry
from stagewatch.fixtures import Fixture
from stagewatch.pack import PackRule, read_pack
from stagewatch.prove import Proof
from stagewatch.targets.base import Rendered
from tests.support import target

RENDERED = Rendered({".where.aql": "b", ".aql": "a"}, "hopping", ("seen twice",))


class Kept(dict[tuple[str, str], Any]):
    """Entries in memory."""

    def get(self, kind: str, key: str) -> Any:  # type: ignore[override]
        return super().get((kind, key))

    def put(self, kind: str, key: str, value: object) -> None:
        self[kind, key] = value


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("ok", (), RENDERED),
        Outcome("degraded", ("a", "b"), Rendered({".spl": "x"})),
        Outcome("unsupported", ("no such field",)),
    ],
)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    again = outcome_of(plain_outcome(outcome))
    assert again == outcome
    assert again is not None
    if outcome.rendered and again.rendered:
        assert list(again.rendered.files) == list(outcome.rendered.files)  # the first is the whole query


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"status": "ok", "reasons": [], "rendered": [1]}])
def test_what_is_no_outcome_is_none(value: object) -> None:
    assert outcome_of(value) is None


def conversions(kept: Kept, rules: Path, around: str = "") -> tuple[Conversions, dict[str, PackRule]]:
    pack = read_pack([rules])
    assert pack.findings == []
    return Conversions.of(kept, {"splunk": around, "elastic": around}, pack), {
        entry.source.stem: entry for entry in pack.rules
    }


def known(kept: Kept, rules: Path, around: str = "") -> set[str]:
    """The rules whose outcome on Splunk is known."""
    made, entries = conversions(kept, rules, around)
    return {stem for stem, entry in entries.items() if made.get(entry, "splunk") is not None}


@pytest.fixture
def kept(rules: Path) -> Kept:
    """The outcomes of all rules on Splunk."""
    kept = Kept()
    made, entries = conversions(kept, rules)
    for entry in entries.values():
        made.put(entry, "splunk", convert_entry(entry, target("splunk")))
    return kept


def test_rules_that_have_not_changed_are_known(kept: Kept, rules: Path) -> None:
    assert known(kept, rules) == {"one", "two", "many"}
    made, entries = conversions(kept, rules)
    for entry in entries.values():
        assert made.get(entry, "splunk") == convert_entry(entry, target("splunk"))
        assert made.get(entry, "elastic") is None


def _edit(path: Path) -> None:
    path.write_text(path.read_text().replace("staged", "stage").replace("other", "another").replace("5m", "6m"))


@pytest.mark.parametrize(
    ("changed", "left"),
    [("two", {"one", "many"}), ("many", {"one", "two"}), ("one", {"two"})],  # the correlation refers to one
)
def test_a_changed_rule_and_what_refers_to_it_are_not(kept: Kept, rules: Path, changed: str, left: set[str]) -> None:
    _edit(rules / f"{changed}.yml")
    assert known(kept, rules) == left


def test_after_another_pipeline_filter_or_version_nothing_is_known(kept: Kept, rules: Path) -> None:
    assert known(kept, rules, "other") == set()


def test_what_failed_is_tried_again(rules: Path) -> None:
    kept = Kept()
    made, entries = conversions(kept, rules)
    made.put(entries["one"], "splunk", Outcome("failed", ("a pipeline broke down",)))
    assert kept == {}


def fixture(sha256: str) -> Fixture:
    return Fixture("rules/one/info.yml", (), sha256)


PROOF = Proof(
    stem="one", target="splunk", verdict="proven", parser="own grammar", engine="PCRE2", versions={"pcre2": "1"},
    tried=3, expected=2, found=2, queries={".where.aql": "1", ".aql": "2"}, fixture="f",
)  # fmt: skip


@pytest.fixture
def entries(rules: Path) -> dict[str, PackRule]:
    return {entry.source.stem: entry for entry in read_pack([rules]).rules}


def test_a_proof_comes_back_as_it_was(entries: dict[str, PackRule]) -> None:
    proofs = Proofs(Kept(), "code")
    proofs.put(entries["one"], "splunk", RENDERED, fixture("f"), PROOF)
    assert proofs.get(entries["one"], "splunk", RENDERED, fixture("f")) == PROOF


@pytest.mark.parametrize(
    "ask",
    [
        lambda proofs, entries: proofs.get(entries["one"], "elastic", RENDERED, fixture("f")),
        lambda proofs, entries: proofs.get(entries["two"], "splunk", RENDERED, fixture("f")),
        lambda proofs, entries: proofs.get(entries["one"], "splunk", RENDERED, fixture("g")),
        lambda proofs, entries: proofs.get(entries["one"], "splunk", RENDERED, None),
        lambda proofs, entries: proofs.get(entries["one"], "splunk", Rendered({".aql": "a"}), fixture("f")),
        lambda proofs, entries: Proofs(proofs.entries, "other").get(entries["one"], "splunk", RENDERED, fixture("f")),
    ],
    ids=["target", "rule", "events", "no fixture", "query", "code"],
)
def test_a_proof_of_anything_else_is_not_taken(
    entries: dict[str, PackRule], ask: Callable[[Proofs, dict[str, PackRule]], Proof | None]
) -> None:
    proofs = Proofs(Kept(), "code")
    proofs.put(entries["one"], "splunk", RENDERED, fixture("f"), PROOF)
    assert ask(proofs, entries) is None


def test_a_failed_proof_is_tried_again(entries: dict[str, PackRule]) -> None:
    kept = Kept()
    Proofs(kept, "code").put(
        entries["one"], "splunk", RENDERED, None, Proof("one", "splunk", "failed", ("missed: an event",))
    )
    assert kept == {}
