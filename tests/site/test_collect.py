from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewatch.cli import main
from stagewatch.findings import Finding, StagewatchError, UsageError
from stagewatch.layout import read_layout
from stagewatch.site.collect import collect
from stagewatch.site.model import Analytic, Model


def test_a_rule_has_what_is_known_of_it(model: Model) -> None:
    rule = model.by_stem["copy"]
    assert rule.summary == "Detects a copy of files to a staging directory."
    assert rule.analytics == (Analytic("DET0261", "AN0724"),)
    assert (rule.level, rule.status, rule.is_correlation) == ("high", "test", False)
    assert rule.described.sources == ("windows/process_creation",)
    assert list(rule.targets) == ["defender", "splunk", "duckdb"]
    assert rule.targets["splunk"].queries[0].suffix == ".spl"
    assert rule.used_by == ("many",)
    assert rule.words[0] == (0, "A program starts on Windows (windows/process_creation), and all of these hold:")
    assert any("selection_place" in line and "\\Temp\\" in line for _, line in rule.words)
    assert model.by_stem["many"].bases == ("copy",)
    assert rule.described.guide is not None


def test_a_filter_touches_the_rules_that_it_names(model: Model) -> None:
    assert [one.stem for one in model.by_stem["copy"].filters] == ["nobackup"]
    assert model.by_stem["odd"].filters == ()
    assert [one.touches for one in model.filters] == [frozenset({"copy"})]


def test_a_filter_for_any_rule_touches_those_of_its_log_source(copied: Path) -> None:
    path = copied / "sigma/filters/nobackup.yml"
    path.write_text(path.read_text().replace("[11111111-1111-4111-8111-111111111111]", "any"))
    assert collect(read_layout(copied), []).filters[0].touches == {"copy", "odd"}
    path.write_text(path.read_text().replace("process_creation", "file_event"))
    assert collect(read_layout(copied), []).filters[0].touches == frozenset()


def test_without_a_build_there_is_nothing_to_show(copied: Path) -> None:
    (copied / "dist/manifest.json").unlink()
    with pytest.raises(UsageError, match=r"run `python convert\.py` first"):
        collect(read_layout(copied), [])


def test_a_build_of_other_rules_is_refused(copied: Path) -> None:
    path = copied / "sigma/rules/copy.yml"
    path.write_text(path.read_text().replace("robocopy", "xcopy"))
    with pytest.raises(StagewatchError, match="other rules than these"):
        collect(read_layout(copied), [])


def test_a_file_that_is_not_what_the_manifest_says_is_refused(copied: Path) -> None:
    (copied / "dist/splunk/queries/copy.spl").write_text("something else\n")
    with pytest.raises(StagewatchError, match=r"dist/splunk/queries/copy\.spl is not what manifest\.json says"):
        collect(read_layout(copied), [])


@pytest.mark.parametrize("change", [{"rules": None}, {"rules": [{"stem": "copy"}]}, {"generator": None, "rules": 3}])
def test_a_manifest_of_another_kind_is_refused(copied: Path, change: dict[str, object]) -> None:
    path = copied / "dist/manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(StagewatchError):
        collect(read_layout(copied), [])


def test_without_rules_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no sigma"):
        collect(read_layout(tmp_path), [])


def test_a_coverage_file_that_cannot_be_read_is_a_finding(copied: Path) -> None:
    (copied / "docs/coverage.yml").write_text("a: [")
    findings: list[Finding] = []
    assert collect(read_layout(copied), findings).coverage == {}
    assert [finding.path for finding in findings] == ["docs/coverage.yml"]


def test_documents_are_read_by_their_place(model: Model) -> None:
    assert list(model.docs) == ["guides/copy.md", "targets/splunk.md"]


def test_a_rule_without_fixture_or_guide_has_a_page_all_the_same(copied: Path) -> None:
    for path in (copied / "tests/rules/copy").iterdir():
        path.unlink()
    (copied / "docs/guides/copy.md").unlink()
    assert main(["build", "--target", "splunk", "--out", str(copied / "dist")], copied) == 0
    rule = collect(read_layout(copied), []).by_stem["copy"]
    assert (rule.fixture, rule.examples.hits, rule.described.guide) == (None, (), None)
