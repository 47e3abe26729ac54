from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.environment.rules import LEVELS
from stagewatch.findings import UsageError
from stagewatch.objects.description import Description, describe
from stagewatch.objects.levels import SECOPS_SEVERITY, SENTINEL_SEVERITY
from tests.environment.site_pack import BURST, CLOUD_BURST, PROCESS, SECURITY, TARGETS, Read, changed, pack


def about(stem: str) -> Description:
    return next(describe(entry) for entry in pack().rules if entry.source.stem == stem)


def test_the_levels_are_those_of_objects() -> None:
    assert tuple(SECOPS_SEVERITY) == tuple(SENTINEL_SEVERITY) == LEVELS


def test_an_empty_file_changes_nothing(read: Read) -> None:
    environment = read("")
    assert all(environment.described(about(PROCESS), target) == about(PROCESS) for target in TARGETS)
    assert changed(environment) == {}


def test_a_level_becomes_another_and_a_rule_has_its_own(read: Read) -> None:
    level = about(PROCESS).level
    other = next(name for name in LEVELS if name != level)
    environment = read(f"[levels]\n{level} = '{other}'\n[rules.{BURST}]\nlevel = 'critical'")
    assert environment.described(about(PROCESS), "splunk") == replace(about(PROCESS), level=other)
    assert environment.described(about(BURST), "splunk") == replace(about(BURST), level="critical")
    kept = next(stem for stem in (SECURITY, CLOUD_BURST) if about(stem).level != level)
    assert environment.described(about(kept), "splunk") == about(kept)


def test_a_rules_schedule_comes_before_the_default(read: Read) -> None:
    environment = read(f"[schedule]\nevery = '1h'\nlatency = '20m'\n[rules.{BURST}]\nevery = '2h'\nlatency = '0s'")
    assert environment.described(about(PROCESS), "elastic") == replace(about(PROCESS), every=3600, latency=1200)
    burst = environment.described(about(BURST), "elastic")
    assert burst == replace(about(BURST), every=7200, latency=0)
    assert burst.schedule().every == 7200
    assert burst.schedule().lookback == (about(BURST).timespan or 0) + 7200


@pytest.mark.parametrize(
    ("content", "splunk", "elastic"),
    [
        ("enabled = true", True, True),
        ("enabled = {splunk = true}", True, False),
        ("enabled = {default = true, splunk = false}", False, True),
        (f"enabled = true\n[rules.{PROCESS}]\nenabled = false", False, False),
        (f"[enabled]\nelastic = true\n[rules.{PROCESS}]\nenabled = {{splunk = true}}", True, True),
        (f"[enabled]\nelastic = true\n[rules.{PROCESS}.enabled]\ndefault = false\nsplunk = true", True, False),
    ],
)
def test_the_nearest_switch_decides(content: str, splunk: bool, elastic: bool, read: Read) -> None:
    environment = read(content)
    assert environment.described(about(PROCESS), "splunk") == replace(about(PROCESS), enabled=splunk)
    assert environment.described(about(PROCESS), "elastic") == replace(about(PROCESS), enabled=elastic)


WRONG = [
    ("[levels]\nsevere = 'high'", r":2: levels\.severe: unknown level"),
    ("[levels]\nlow = 'severe'", r":2: levels\.low: unknown level 'severe'"),
    ("[schedule]\nevery = '4m'", r"4m is not between 5m and 1d"),
    ("[schedule]\nevery = '2d'", r"2d is not between 5m and 1d"),
    ("[schedule]\nevry = '1h'", r"schedule\.evry: unknown key; did you mean every\?"),
    ("[schedule]\nlatency = '8d'", r"8d is not between 0s and 7d"),
    ("enabled = 'yes'", r":1: enabled: must be true or false, not a text"),
    ("[enabled]\nduckdb = true", r"enabled\.duckdb: unknown target"),
    ("[enabled]\nsplunk = 1", r"enabled\.splunk: must be true or false"),
    ("[rules]\nx = true", r"rules\.x: must be a table"),
    (f"[rules.{PROCESS}]\nseverity = 'high'", r"\.severity: unknown key"),
    (f"[rules.{PROCESS}]\nlevel = 'High'", r"unknown level 'High'; did you mean high\?"),
    (f"[rules.{PROCESS}.enabled]\nsplnk = true", r"\.enabled\.splnk: unknown target; did you mean splunk\?"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_what_is_no_setting_of_rules_is_refused(content: str, message: str, read: Read) -> None:
    with pytest.raises(UsageError, match=message):
        read(content)
