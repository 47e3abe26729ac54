from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule

from stagewatch.findings import one_line
from stagewatch.languages.aql import LANGUAGE
from stagewatch.languages.base import Schema
from stagewatch.objects.base import Deployable
from stagewatch.objects.qradar import objects
from stagewatch.objects.qradar_aql import Counting, counting, log_source_types, properties
from stagewatch.telemetry.qradar import SCHEMA
from tests.objects.pack import deployables, pack
from tests.objects.samples import (
    described,
    expected,
    hostile_descriptions,
    hostile_value,
    made,
    of_value,
    sample,
    samples,
)
from tests.objects.schema import errors

MARKDOWN = MarkdownIt("commonmark").enable("table")


def descriptor_of(rule: Deployable) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(objects([rule]).files[f"rules/{rule.description.stem}.json"])
    return content


def steps_of(rule: Deployable) -> str:
    return objects([rule]).files[f"rules/{rule.description.stem}.md"].decode()


def schema_with(names: set[str]) -> Schema:
    """The schema of events with QRadar's own columns, and of custom properties with these alone."""
    native = {name: kind for name, kind in SCHEMA["events"].items() if name.islower() and " " not in name}
    own = {name: kind for name, kind in native.items() if name in ("starttime", "devicetime", "devicetype", "username")}
    own |= {name: native[name] for name in ("logsourceid", "qid") if name in native}
    return {"events": own | {name: SCHEMA["events"].get(name, "text") for name in names}}


def texts_of(descriptor: dict[str, Any]) -> Iterator[str]:
    yield descriptor["search"]["aql"]
    yield from (one["aql"] for one in descriptor["filters"])


def headings(markdown: str) -> list[str]:
    tokens = MARKDOWN.parse(markdown)
    return [
        "".join(part.content for part in tokens[place + 1].children or [])
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2")
    ]


def test_the_samples_give_these_bytes() -> None:
    assert made("qradar").files == expected("qradar")


def test_every_rule_of_the_pack_has_a_valid_descriptor_and_steps() -> None:
    rules = deployables("qradar")
    result = objects(rules)
    assert result.refused == {}
    assert result.of.keys() == {rule.description.stem for rule in rules}
    for rule in rules:
        stem = rule.description.stem
        assert result.of[stem] == ("custom-properties.json", f"rules/{stem}.json", f"rules/{stem}.md")
        assert errors("qradar_1", json.loads(result.files[f"rules/{stem}.json"])) == [], stem
    assert {path for paths in result.of.values() for path in paths} == result.files.keys()


def test_a_descriptor_holds_the_query_and_its_filters_as_they_are() -> None:
    for rule in deployables("qradar"):
        descriptor, files = descriptor_of(rule), rule.rendered.files
        assert sorted(texts_of(descriptor)) == sorted(files.values())
        for text in texts_of(descriptor):
            assert LANGUAGE.parse(text) == [], rule.description.stem
        if rule.description.correlation is None:
            assert f"\nWHERE {descriptor['filters'][0]['aql']}\nLAST " in descriptor["search"]["aql"]


def test_the_custom_properties_are_those_that_the_aql_reads_and_no_others() -> None:
    for rule in deployables("qradar"):
        descriptor = descriptor_of(rule)
        names = {one["name"] for one in descriptor["custom_properties"]}
        texts = list(texts_of(descriptor))
        assert [problem for text in texts for problem in LANGUAGE.check(text, schema_with(names))] == []
        for name in names:
            assert any(LANGUAGE.check(text, schema_with(names - {name})) for text in texts), (rule, name)


def test_the_site_is_told_all_custom_properties_at_once() -> None:
    rules = deployables("qradar")
    together = json.loads(objects(rules).files["custom-properties.json"])
    assert errors("qradar_custom_properties_1", together) == []
    single = {one["name"] for rule in rules for one in descriptor_of(rule)["custom_properties"]}
    assert [one["name"] for one in together["properties"]] == sorted(single)


def test_a_counter_counts_what_the_correlation_says() -> None:
    correlations = {
        entry.source.stem: entry.rule for entry in pack().rules if isinstance(entry.rule, SigmaCorrelationRule)
    }
    seen = set()
    for rule in deployables("qradar"):
        counter = descriptor_of(rule)["counter"]
        correlation = correlations.get(rule.description.stem)
        assert (counter is None) == (correlation is None)
        if counter is not None and correlation is not None:
            seen.add(counter["type"])
            assert len(counter["group_by"]) == len(correlation.group_by or [])
            assert counter["seconds"] == correlation.timespan.seconds
            condition = correlation.condition
            if counter["type"].endswith("count"):
                assert isinstance(condition, SigmaCorrelationCondition)
                above = {"GTE": 0, "GT": 1}[condition.op.name]
                assert counter["at_least"] == condition.count + above
    assert {"event_count", "value_count"} <= seen


def test_properties_of_two_kinds_of_events_are_both_told() -> None:
    search = (
        'SELECT IF ("Event ID" = \'1"x"\') THEN "Process Path" ELSE "Image Path" AS key_Image, '
        '"User" AS key_User, '
        'UNIQUECOUNT(IF ("Event ID" = \'1\') THEN LOWER("A") ELSE LOWER("B")) AS hits\n'
        "FROM events\nWHERE devicetype = 12\nGROUP BY key_Image, key_User\nHAVING hits >= 7\nLAST 9 MINUTES"
    )
    assert counting(search) == Counting(7, (("Process Path", "Image Path"), ("User",)), ("A", "B"))
    assert properties([search]) == ("A", "B", "Event ID", "Image Path", "Process Path", "User")
    assert log_source_types([search, "devicetype = 11 AND \"X\" = 'devicetype = 99'"]) == (11, 12)


def test_the_steps_name_the_files_that_stand_beside() -> None:
    for rule in deployables("qradar"):
        stem = rule.description.stem
        named = re.findall(r"`\.\./queries/([^`]+)`", steps_of(rule))
        assert sorted(named) == sorted(f"{stem}{suffix}" for suffix in rule.rendered.files)


def test_a_base_rule_is_switched_off_and_an_enabled_one_on() -> None:
    rule = sample("qradar", "file")
    assert "- Enable rule: off" in steps_of(rule)
    assert "- Enable rule: on" in steps_of(described(rule, enabled=True))
    assert descriptor_of(described(rule, enabled=True))["enabled"] is True


@pytest.mark.parametrize(
    ("level", "severity"), [("informational", 1), ("low", 3), ("medium", 5), ("high", 7), ("critical", 9)]
)
def test_the_level_is_the_severity(level: str, severity: int) -> None:
    assert descriptor_of(described(sample("qradar", "proc"), level=level))["severity"] == severity


def test_the_schema_refuses_an_unknown_key_and_a_count_without_a_value() -> None:
    descriptor = descriptor_of(sample("qradar", "correlation"))
    descriptor["counter"]["distinct"] = []
    assert len(errors("qradar_1", {**descriptor, "extra": 1})) == 2


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_any_text_is_read_back(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("qradar", stem)))
    descriptor, about = descriptor_of(rule), rule.description
    assert errors("qradar_1", descriptor) == []
    assert descriptor["name"] == (one_line(about.title) or about.stem)
    assert descriptor["false_positives"] == [one_line(text) for text in about.false_positives]
    assert descriptor["references"] == [one_line(text) for text in about.references]
    told = headings(steps_of(rule))
    assert told[0].split() == descriptor["name"].split()
    assert [heading.split(".")[0] for heading in told[1:]] == ["1", "2", "3", "4", *(["5"] if about.guide else [])]
    assert "html_block" not in {token.type for token in MARKDOWN.parse(steps_of(rule))}


@given(hostile_value)
def test_any_value_stays_in_its_literal(value: str) -> None:
    rule = of_value("qradar", value)
    if rule is not None:
        descriptor = descriptor_of(replace(rule, degraded=()))
        assert [one["name"] for one in descriptor["custom_properties"]] == ["Command", "Event ID", "Provider Name"]
        assert descriptor["log_source_types"] == [12]


def test_the_same_bytes_in_any_order() -> None:
    assert objects(samples("qradar")).files == objects(samples("qradar")[::-1]).files
