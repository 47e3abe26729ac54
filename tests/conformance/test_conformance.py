"""Each triple on each target: the right events and no others, or listed with the reason why not."""

from __future__ import annotations

import pytest

from stagewatch.targets import TARGETS
from tests.conformance.exceptions import differences, reason, unsupported
from tests.conformance.table import PAGE, page
from tests.conformance.trial import tried
from tests.conformance.triples import Triple, triples


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("triple", triples(), ids=str)
def test_triple(triple: Triple, name: str) -> None:
    cell = tried(triple, name)
    if cell.verdict == "unproven":
        pytest.skip(cell.reasons[0])
    expected = reason(name, triple.name)
    if expected is None:
        assert cell.verdict == "ok", str(cell)
    else:
        assert (cell.verdict, "; ".join(cell.reasons)) == ("unsupported", expected), str(cell)


def test_every_triple_has_a_name_of_its_own() -> None:
    names = [triple.name for triple in triples()]
    assert len(set(names)) == len(names)


def test_no_exception_is_stale() -> None:
    """A rule that is named must exist; what is said of it, each trial checks."""
    names = {triple.name for triple in triples()}
    listed = [(target, rule) for known in (unsupported(), differences()) for target in known for rule in known[target]]
    assert [entry for entry in listed if entry[0] not in TARGETS or entry[1] not in names] == []


def test_nothing_is_both_unsupported_and_different() -> None:
    for target, rules in differences().items():
        assert rules.keys().isdisjoint(unsupported().get(target, {}))


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.conformance.table"
