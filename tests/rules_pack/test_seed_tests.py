"""The nine tests that the public T1074 and T1074.002 pages describe, and the documents that list what finds them."""

import re

import pytest

from tests.reference import matches
from tests.rules_pack.fixtures import REPOSITORY, cases, correlations, detections, pack

TABLE = REPOSITORY / "docs" / "seed-tests.md"
DEFECTS = REPOSITORY / "docs" / "seed-defects.md"

SEED_TESTS = [f"T1074 test {number}" for number in range(1, 6)] + [f"T1074.002 test {number}" for number in range(1, 5)]


def rows(first: str) -> dict[str, list[str]]:
    """The rows of the table whose first column is headed ``first``: first cell to all cells."""
    found: dict[str, list[str]] = {}
    inside = False
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == first:
            inside = True
        elif inside and not set(cells[0]) <= set("-: "):
            found[cells[0].strip("`")] = cells
    return found


def listed(cell: str) -> list[str]:
    return re.findall(r"`([a-z0-9_]+)`", cell)


def test_the_table_has_the_nine_tests() -> None:
    assert list(rows("Test")) == SEED_TESTS


@pytest.mark.parametrize("name", SEED_TESTS)
def test_a_seed_test_is_found_by_the_rules_that_the_table_names(name: str) -> None:
    staged = [case for case in cases() if case.label.startswith(f"seed {name}:") or f", seed {name}:" in case.label]
    named = listed(rows("Test")[name][2])
    assert staged
    assert named
    for stem in named:
        if stem in correlations():
            bases = {reference.rule.name for reference in correlations()[stem].rules}
            for rule in (rule for rule in detections().values() if rule.name in bases):
                assert any(matches(rule, case.event) for case in staged), (stem, rule.title)
        else:
            assert any(matches(detections()[stem], case.event) for case in staged), stem
    assert {case.stem for case in staged} <= set(named)


def test_the_table_of_rules_is_complete_and_right() -> None:
    listing = {stem: cells[1:3] for stem, cells in rows("Rule").items()}
    assert listing == {entry.source.stem: [entry.rule.title, str(entry.rule.level)] for entry in pack().rules}


def test_each_of_the_23_defects_has_its_line() -> None:
    numbers = re.findall(r"^\| (\d+) \| \S.* \| \S.* \|$", DEFECTS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, 24))
