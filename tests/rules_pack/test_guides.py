"""The guides: one for each rule, in the sections of an Alerting and Detection Strategy, naming only what there is."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from sigma.rule import SigmaRule

from stagewatch.conversion import convert
from stagewatch.lists.model import read_lists
from stagewatch.pack import read_pack
from stagewatch.targets import TARGETS
from stagewatch.telemetry.duckdb import SCHEMA, TABLE
from tests.attack_data import CONVENTIONS
from tests.rules_pack.fixtures import REPOSITORY, correlations, detections, pack
from tests.support import target

GUIDES = REPOSITORY / "docs" / "guides"

SECTIONS = [
    "## Goal",
    "## Categorization",
    "## Strategy abstract",
    "## Technical context",
    "## Blind spots and assumptions",
    "## False positives",
    "### Tuning",
    "## Telemetry",
    "## Validation",
    "## Priority",
    "## Response",
    "### First five questions",
    "### Confirms",
    "### Clears",
    "### Steps",
    "### Hunting",
]
"""Palantir's sections, and what an analyst asks for inside of them."""

SOURCES: dict[tuple[str | None, str | None], set[str]] = {
    ("windows", "process_creation"): {"Sysmon 1", "Security 4688", "DeviceProcessEvents", "ProcessRollup2"},
    ("windows", "file_event"): {"Sysmon 11", "DeviceFileEvents"},
    ("windows", "ps_script"): {"PowerShell 4104"},
    ("windows", "security"): {"Security 5140", "Security 5145", "Security 4663", "Security 4656"},
    ("linux", "process_creation"): {"Sysmon for Linux 1", "DeviceProcessEvents", "ProcessRollup2", "auditd"},
    ("linux", "file_event"): {"Sysmon for Linux 11", "DeviceFileEvents", "auditd"},
    ("linux", "auditd"): {"auditd"},
    ("macos", "process_creation"): {"macOS Endpoint Security", "DeviceProcessEvents", "ProcessRollup2"},
    ("macos", "file_event"): {"macOS Endpoint Security", "DeviceFileEvents"},
    ("aws", "cloudtrail"): {"CloudTrail management events", "CloudTrail data events"},
    ("azure", "activitylogs"): {"Azure activity log"},
    ("gcp", "gcp.audit"): {"GCP audit log"},
}
"""Product and category or service -> what can feed a rule of that log source, as the guides call it."""

ALL_SOURCES = set().union(*SOURCES.values())

STEM = re.compile(
    r"(proc_creation|file_event|posh_ps|win_security|lnx_auditd|aws|azure|gcp|correlation|filter)_[a-z0-9_]+"
)

CODE = re.compile(r"`([^`]+)`")


@cache
def stems() -> set[str]:
    return {path.stem for path in (REPOSITORY / "sigma").rglob("*.yml")}


def guide(stem: str) -> str:
    return (GUIDES / f"{stem}.md").read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    inside = text.split(f"\n{heading}\n", 1)[1]
    return re.split(r"^#{2,3} ", inside, maxsplit=1, flags=re.MULTILINE)[0]


def bases(stem: str) -> list[SigmaRule]:
    """The rule itself, or the rules that a correlation refers to."""
    if stem in detections():
        return [detections()[stem]]
    return [one.rule for one in correlations()[stem].rules or [] if isinstance(one.rule, SigmaRule)]


def source(rule: SigmaRule) -> tuple[str | None, str | None]:
    return rule.logsource.product, rule.logsource.category or rule.logsource.service


PACK = sorted([*detections(), *correlations()])


def test_each_rule_has_a_guide_and_each_guide_a_rule() -> None:
    assert sorted(path.stem for path in GUIDES.glob("*.md")) == PACK


@pytest.mark.parametrize("stem", PACK)
def test_a_guide_has_the_sections_and_none_is_empty(stem: str) -> None:
    text = guide(stem)
    assert re.findall(r"^#{2,3} .*$", text, re.MULTILINE) == SECTIONS
    for heading in SECTIONS:
        if heading != "## Response":  # its parts are sections
            assert len(section(text, heading).split()) >= 4, heading


@pytest.mark.parametrize("stem", PACK)
def test_a_guide_begins_with_what_its_rule_says(stem: str) -> None:
    entry = next(entry for entry in pack().rules if entry.source.stem == stem)
    first, _, second = guide(stem).partition("\n")
    assert first == f"# {entry.rule.title}"
    line = second.strip().splitlines()[0]
    assert line.startswith(f"`{stem}` · level {entry.rule.level} · ")
    assert set(re.findall(r"T1074(?:\.00[12])?", line)) <= {
        str(tag).removeprefix("attack.").upper() for tag in entry.rule.tags
    }
    named = set(re.findall(r"DET\d{4}(?: |#)AN\d{4}", line))
    told = re.findall(r"(DET\d{4}) \((AN\d{4})\)", entry.rule.description)
    assert named == {f"{strategy}{sign}{analytic}" for strategy, analytic in told for sign in (" ", "#")}


@pytest.mark.parametrize("stem", PACK)
def test_the_five_questions_name_fields_of_the_rules_log_source(stem: str) -> None:
    text = section(guide(stem), "### First five questions")
    assert [int(number) for number in re.findall(r"^(\d)\. ", text, re.MULTILINE)] == [1, 2, 3, 4, 5]
    named = set(CODE.findall(text))
    assert named
    for rule in bases(stem):
        assert source(rule) in SOURCES, rule.title
    known = set().union(*(fields(rule) for rule in bases(stem)))
    assert named <= known, named - known


def fields(rule: SigmaRule) -> set[str]:
    """The fields of a log source: those of SigmaHQ's taxonomy, for clouds, of which it lists none, DuckDB's columns."""
    for known in json.loads(CONVENTIONS.read_bytes())["taxonomy"].values():
        of = known["logsource"]
        if (of["product"], of["category"] or of["service"]) == source(rule):
            return {*(known["field"]["native"] or SCHEMA[TABLE]), "EventID", "Computer"}
    raise AssertionError(f"the taxonomy lacks the log source of {rule.title}")


@pytest.mark.parametrize("stem", PACK)
def test_a_guide_names_only_log_sources_that_can_feed_the_rule(stem: str) -> None:
    text = section(guide(stem), "## Telemetry")
    named = {word for word in CODE.findall(text) if word in ALL_SOURCES}
    possible = set().union(*(SOURCES[source(rule)] for rule in bases(stem)))
    assert named
    assert named <= possible, named - possible


@pytest.mark.parametrize("stem", PACK)
def test_a_guide_names_only_rules_lists_and_files_that_exist(stem: str) -> None:
    words = set(CODE.findall(guide(stem)))
    lists = set(read_lists(REPOSITORY / "lists", []).named)
    assert {word for word in words if STEM.fullmatch(word)} <= stems()
    for word in words:
        if word.startswith("lists/"):
            name = word.removeprefix("lists/")
            assert name in lists or (REPOSITORY / word).is_file(), word
        elif re.fullmatch(r"(docs|sigma|tests)/[\w./-]+", word):
            assert (REPOSITORY / word).exists(), word


@pytest.mark.parametrize("stem", PACK)
def test_the_hunting_queries_of_a_guide_convert(stem: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", section(guide(stem), "### Hunting"), re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        assert {"title", "logsource", "detection"} <= yaml.safe_load(block).keys()
        (tmp_path / f"{number}.yml").write_text(block, encoding="utf-8")
    loaded = read_pack([tmp_path])
    assert loaded.findings == []
    for entry in loaded.rules:
        converted = [name for name in TARGETS if convert(entry.rule, target(name)).rendered is not None]
        assert len(converted) >= 3, converted
