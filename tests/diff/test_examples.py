"""The three reports of docs/review/ are what ``diff`` says, and what a reviewer has to read in them is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diff.examples import EXAMPLES, FOLDER, STEM, report


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {name: report(tmp_path_factory.mktemp(name) / "rules", name) for name in EXAMPLES}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_is_what_diff_says(reports: dict[str, str], name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == reports[name], "run python -m tests.diff.examples"


def test_the_honest_change_loses_nothing(reports: dict[str, str]) -> None:
    assert "✅ **No detection is lost.** 2 events newly hit, 0 no longer hit." in reports["honest"]
    assert "⚠️" not in reports["honest"]


def test_the_harmful_change_says_so_first(reports: dict[str, str]) -> None:
    first = reports["harmful"].split("\n\n")[2]
    assert first.startswith("> [!CAUTION]\n> ⚠️ **Lost detection: 27 of 38 expected events are no longer hit**")
    assert f"by `{STEM}`: filter\\_optional\\_backup\\_scripts is new and matches it." in first


def test_the_cosmetic_change_is_short(reports: dict[str, str]) -> None:
    assert "✅ **No change in meaning.**" in reports["cosmetic"]
    assert "###" not in reports["cosmetic"]
    assert len(reports["cosmetic"]) < 500


def test_the_pages_name_no_folder_of_a_machine(reports: dict[str, str], tmp_path: Path) -> None:
    for text in reports.values():
        assert str(tmp_path.parent) not in text
