"""The checks of what rules ask, on whole packs: this one has no error, and nobody's rules are cried wolf at."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from stagewatch.check.codes import codes, modules
from stagewatch.check.model import Checked, Remark
from stagewatch.check.run import read
from stagewatch.layout import read_layout
from tests.check.samples import checked as prepared
from tests.check.samples_logic_rules import tried

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ROOT.parent / "shared" / "foreign_rules" / "sigmahq" / "rules"
FOLDERS = ("windows/file", "windows/registry", "windows/builtin", "linux", "cloud", "web", "network", "application")

LOGIC = [module for module in modules() if module.__name__.rpartition(".")[2].startswith(("logic_", "limits_"))]


def said(checked: Checked) -> list[Remark]:
    return [remark for module in LOGIC for check in module.CHECKS for remark in check(checked)]


def test_this_pack_has_no_error() -> None:
    found = said(read(read_layout(ROOT)))
    assert [str(one) for one in found if codes()[one.code].severity == "error"] == []


@pytest.mark.skipif(not FOREIGN.is_dir(), reason="SigmaHQ's rules are not in this repository")
@pytest.mark.parametrize("folder", FOLDERS)
def test_few_of_many_good_rules_are_objected_to(folder: str) -> None:
    checked = read(read_layout(ROOT), [FOREIGN / folder])
    found = {(one.code, one.rule) for one in said(checked) if codes()[one.code].severity != "note"}
    assert len({rule for _, rule in found}) <= max(6, 0.08 * len(checked.subjects))
    assert max(Counter(code for code, _ in found).values(), default=0) <= max(4, 0.05 * len(checked.subjects))


def test_without_duckdb_no_filter_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    found = said(prepared(tried("CommandLine|contains: '-cf'"), tmp_path))
    assert [one for one in found if one.code == "SW242"] == []
