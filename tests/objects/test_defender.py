from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.languages.kql import LANGUAGE
from stagewatch.objects.base import Deployable
from stagewatch.objects.defender import frequency, objects, plain, runs_continuously
from stagewatch.telemetry.defender import SCHEMA
from tests.objects.pack import deployables
from tests.objects.samples import (
    described,
    expected,
    hostile_descriptions,
    hostile_text,
    hostile_value,
    made,
    of_value,
    sample,
    samples,
)
from tests.objects.schema import errors

HOUR = 3600
LOOKBACK = {"PT1H": 4, "PT3H": 12, "PT12H": 48, "P1D": 720}
"""Hours (``defender-xdr/custom-detection-rules.md``, "Rule frequency")."""

EVERY = {"PT1H": 1, "PT3H": 3, "PT12H": 12, "P1D": 24}


def body(rule: Deployable) -> dict[str, Any]:
    [content] = objects([rule]).files.values()
    document: dict[str, Any] = json.loads(content)
    return document


def columns(document: dict[str, Any]) -> list[str]:
    """Every column that the body names."""
    template = document["detectionAction"]["alertTemplate"]
    mapped = [column for kind in template["entityMappings"].values() for one in kind for column in one.values()]
    return [*mapped, *template["customDetails"].values()]


def test_the_samples_give_these_bytes() -> None:
    assert made("defender").files == expected("defender")


def test_every_rule_of_the_pack_has_a_valid_body() -> None:
    rules = deployables("defender")
    result = objects(rules)
    assert result.refused == {}
    assert result.of == {rule.description.stem: (f"detection-rules/{rule.description.stem}.json",) for rule in rules}
    titles = set()
    for rule in rules:
        stem = rule.description.stem
        document = json.loads(result.files[f"detection-rules/{stem}.json"])
        assert errors("defender", document) == [], stem
        assert document["queryCondition"]["queryText"] == rule.rendered.files[".kql"], stem
        assert document["status"] == "disabled", stem
        assert document["detectionAction"]["alertTemplate"]["entityMappings"]["hosts"], stem
        titles.add(document["displayName"].casefold())
    assert len(titles) == len(rules)


def test_microsofts_binder_finds_every_column_that_a_body_needs() -> None:
    for rule in deployables("defender"):
        document = body(rule)
        wanted = ", ".join(dict.fromkeys(["Timestamp", "ReportId", "DeviceId", *columns(document)]))
        text = f"{document['queryCondition']['queryText']}\n| project {wanted}"
        assert LANGUAGE.check(text, SCHEMA) == [], rule.description.stem


def test_a_run_looks_back_far_enough_for_every_correlation_of_the_pack() -> None:
    for rule in deployables("defender"):
        about, often = rule.description, body(rule)["schedule"]["frequency"]
        if about.timespan is not None:
            assert about.timespan <= (LOOKBACK[often] - EVERY[often]) * HOUR, about.stem


@pytest.mark.parametrize(
    ("timespan", "expected_frequency"),
    [(600, "PT1H"), (2 * HOUR, "PT1H"), (3 * HOUR, "PT3H"), (9 * HOUR, "PT12H"), (36 * HOUR, "P1D")],
)
def test_the_timespan_sets_the_frequency(timespan: int, expected_frequency: str) -> None:
    rule = described(sample("defender", "correlation"), timespan=timespan)
    assert frequency(rule.description, rule.rendered.files[".kql"]) == expected_frequency


def test_a_timespan_beyond_thirty_days_is_refused() -> None:
    result = objects([described(sample("defender", "correlation"), timespan=29 * 24 * HOUR)])
    assert result.files == {}
    assert "30 days" in result.refused["correlation_win_sample_archives"]


def test_a_query_without_the_columns_that_the_service_wants_is_refused() -> None:
    rule = sample("defender", "correlation")
    query = rule.rendered.files[".kql"].replace("DeviceId, ", "").replace("ReportId,", "DeviceType,")
    result = objects([replace(rule, rendered=replace(rule.rendered, files={".kql": query}))])
    assert result.refused == {
        "correlation_win_sample_archives": "the query does not return ReportId, DeviceId, which a custom detection "
        "rule needs"
    }


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ('FolderPath endswith @"\\7z.exe" or (ProcessCommandLine contains "in~ not( * //")', True),
        ('FolderPath in~ ("a", "b")', False),
        ('not(FolderPath endswith "a")', False),
        ("coalesce(ProcessId == 4, false)", False),
        ('* contains "a"', False),
        ('DeviceId !in ((DeviceInfo | where OSPlatform =~ "macOS" | distinct DeviceId))', False),
        ("FolderPath != '' // comment", False),
    ],
)
def test_near_real_time_takes_one_table_and_listed_features(condition: str, possible: bool) -> None:
    assert runs_continuously(f"DeviceProcessEvents\n| where {condition}") is possible


def test_no_correlation_runs_continuously() -> None:
    assert not runs_continuously(sample("defender", "correlation").rendered.files[".kql"])


def test_rules_with_one_title_are_told_apart() -> None:
    rules = [described(rule, title="The Same") for rule in samples("defender")]
    names = {json.loads(content)["displayName"] for content in objects(rules).files.values()}
    assert names == {f"The Same ({rule.description.stem})" for rule in rules}


def test_what_the_object_does_not_see_stands_in_its_alert() -> None:
    rule = replace(sample("defender", "proc"), degraded=("no field of hashes",))
    document = body(rule)
    assert (
        "- Sees less than the rule says: no field of hashes"
        in (document["detectionAction"]["alertTemplate"]["description"])
    )
    assert "Sees less than the rule says: no field of hashes" in document["description"]


def test_an_enabled_rule_is_switched_on() -> None:
    assert body(described(sample("defender", "proc"), enabled=True))["status"] == "enabled"


@pytest.mark.parametrize(
    ("level", "severity"), [("informational", "informational"), ("low", "low"), ("high", "high"), ("critical", "high")]
)
def test_the_level_is_the_severity(level: str, severity: str) -> None:
    document = body(described(sample("defender", "proc"), level=level))
    assert document["detectionAction"]["alertTemplate"]["severity"] == severity


def test_the_schema_refuses_what_was_removed_and_what_is_misspelt() -> None:
    document = body(sample("defender", "proc"))
    template = document["detectionAction"]["alertTemplate"]
    document["isEnabled"] = False
    document["schedule"]["period"] = "1H"
    template["category"] = "Collection"
    template["severity"] = "critical"
    template["tactics"][0]["techniques"] = ["T1074"]
    template["entityMappings"]["hosts"][0]["deviceId"] = "DeviceId"
    assert len(errors("defender", document)) == 6


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_no_text_of_a_rule_names_a_column(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("defender", stem)))
    document = body(rule)
    assert errors("defender", document) == []
    assert document["queryCondition"]["queryText"] == rule.rendered.files[".kql"]
    template = document["detectionAction"]["alertTemplate"]
    texts = (template["title"], template["description"], template.get("recommendedActions", ""))
    assert not any("{{" in text for text in texts)


@given(hostile_text)
def test_only_braces_are_parted(text: str) -> None:
    assert "{{" not in plain(text)
    assert plain(text).replace("{ {", "{{").replace("{ {", "{{").count("{") == text.count("{")
    assert re.sub(r"\{ (?=\{)", "{", plain(text)) == re.sub(r"\{ (?=\{)", "{", text)


@given(hostile_value)
def test_any_value_stays_in_its_query(value: str) -> None:
    rule = of_value("defender", value)
    if rule is not None:
        document = body(rule)
        assert document["queryCondition"]["queryText"] == rule.rendered.files[".kql"]
        assert LANGUAGE.parse(document["queryCondition"]["queryText"]) == []


def test_the_same_bytes_in_any_order() -> None:
    assert objects(samples("defender")).files == objects(samples("defender")[::-1]).files
