"""Texts of techniques and figures of benchmarks: what is wrong in them is told in one line that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagewatch.findings import Finding, StagewatchError
from stagewatch.layout import read_layout
from stagewatch.site.benchmarks import read_benchmarks
from stagewatch.site.collect import collect
from stagewatch.site.tables import tables
from stagewatch.site.techniques import read_technique

GOOD: dict[str, Any] = {"id": "T1074", "lead": "A", "what": "B", "platforms": ["Windows"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "T9999"}, "no technique T9999 is known"),
        ({"platforms": "Windows"}, "a list is wanted"),
        ({"ways": [{"name": "x"}]}, "it has no 'how'"),
        ({"ways": [{"name": "x", "how": "y", "known": [{"id": "../x", "name": "a", "does": "b"}]}]}, "no number of"),
        ({"ways": "x"}, "docs/techniques/x.yml"),
        ({"tests": [7]}, "docs/techniques/x.yml"),
        ({"strategy": "DET1"}, "docs/techniques/x.yml"),
    ],
)
def test_a_text_that_is_wrong_is_refused(change: dict[str, Any], said: str) -> None:
    assert read_technique("x.yml", GOOD).platforms == ("Windows",)
    with pytest.raises(StagewatchError, match="docs/techniques/x.yml is no text of a technique") as error:
        read_technique("x.yml", GOOD | change)
    assert said in str(error.value)


@pytest.mark.parametrize("charts", [7, [{}], [{"id": "x"}], [{"figures": 7}]])
def test_charts_that_are_wrong_are_refused(charts: Any) -> None:
    with pytest.raises(StagewatchError, match=r"docs/benchmarks\.yml holds no charts"):
        read_benchmarks("benchmarks.yml", {"charts": charts})


def test_tables_of_a_document_are_read_with_their_escapes() -> None:
    text = "x\n\n| a | b |\n|---|---|\n| 1 \\| 2 | |\n\ny\n\n| c |\n|---|\n| 3 |"
    assert list(tables(text)) == [[["a", "b"], ["1 | 2", ""]], [["c"], ["3"]]]


def test_a_table_that_is_no_yaml_is_a_finding_with_its_place(copied: Path) -> None:
    (copied / "docs" / "techniques").mkdir()
    (copied / "docs" / "techniques" / "T1074.yml").write_text("id: T1074\nlead: [\n")
    (copied / "docs" / "benchmarks.yml").write_text("charts: {\n")
    findings: list[Finding] = []
    model = collect(read_layout(copied), findings)
    assert {one.path for one in findings} == {"docs/techniques/T1074.yml", "docs/benchmarks.yml"}
    assert all(one.line for one in findings)
    assert model.techniques == model.benchmarks == ()
