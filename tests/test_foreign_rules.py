"""Thousands of rules that nobody here wrote: every one converts or says why not."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from stagewatch.build import Build, build
from stagewatch.pack import read_pack
from stagewatch.targets import TARGETS, load_target

ROOT = Path(__file__).resolve().parents[1]
FOREIGN = ROOT.parent / "shared" / "foreign_rules" / "sigmahq" / "rules"
FOLDERS = (
    "windows/process_creation",
    "windows/file/file_event",
    "linux",
    "macos",
    "windows/powershell",
    "windows/builtin/security",
    "cloud/aws/cloudtrail",
    "cloud/azure/activity_logs",
    "cloud/gcp/audit",
)

pytestmark = pytest.mark.skipif(
    not FOREIGN.is_dir(),
    reason="SigmaHQ's rules are not in this repository; they are looked for in ../shared/foreign_rules",
)

MOSTLY_OK = {"defender", "splunk", "elastic"}


@cache
def converted(folder: str) -> Build:
    return build(read_pack([FOREIGN / folder]), [load_target(name) for name in TARGETS])


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_rule_is_a_defect_and_every_limit_has_a_reason(folder: str) -> None:
    result = converted(folder)
    assert result.pack.findings == []
    assert result.defects == []
    assert all(outcome.reasons for outcome in result.outcomes.values() if outcome.status != "ok")


@pytest.mark.parametrize("folder", ["windows/process_creation", "windows/file/file_event"])
@pytest.mark.parametrize("target", TARGETS)
def test_what_a_target_can_express(folder: str, target: str) -> None:
    counts = converted(folder).counts(target)
    total = sum(counts.values())
    assert counts["ok"] + counts["degraded"] >= 0.80 * total
    if target in MOSTLY_OK:
        assert counts["ok"] >= 0.95 * total


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_documented_counts(folder: str) -> None:
    text = (ROOT / "docs" / "foreign-rules.md").read_text(encoding="utf-8")
    section = text.split(f"### {folder}\n", maxsplit=1)[1].split("###", maxsplit=1)[0]
    documented = {
        row[0]: tuple(map(int, row[1:]))
        for row in re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \|$", section, re.MULTILINE)
    }
    result = converted(folder)
    counts = {name: result.counts(name) for name in TARGETS}
    assert documented == {name: (c["ok"], c["degraded"], c["unsupported"]) for name, c in counts.items()}
