from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.languages import eql, esql
from stagewatch.objects.attack import techniques
from stagewatch.objects.base import Deployable
from stagewatch.objects.description import LATENCY
from stagewatch.objects.elastic import ALL, NOT_IN_TOML, objects
from stagewatch.objects.elastic_rule import detection_rule
from stagewatch.objects.elastic_sources import INTEGRATIONS, index_patterns
from stagewatch.objects.guide import Guide
from stagewatch.targets.base import required_state
from stagewatch.targets.elastic import speaks_eql
from tests.objects.pack import deployables, pack
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
from tests.support import target

SECONDS = {"s": 1, "m": 60, "h": 3600}
LANGUAGES = {"eql": eql.LANGUAGE, "esql": esql.LANGUAGE}


def seconds(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def both(rule: Deployable) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rule for Kibana, and the document in TOML."""
    files = objects([rule]).files
    stem = rule.description.stem
    return json.loads(files[f"ndjson/{stem}.ndjson"]), tomllib.loads(files[f"toml/{stem}.toml"].decode())


def test_the_samples_give_these_bytes() -> None:
    assert made("elastic").files == expected("elastic")


def test_every_rule_of_the_pack_is_valid_in_both_formats() -> None:
    rules = deployables("elastic")
    result = objects(rules)
    assert result.refused == {}
    assert {path for paths in result.of.values() for path in paths} == result.files.keys()
    for rule in rules:
        stem = rule.description.stem
        assert result.of[stem] == (ALL, f"ndjson/{stem}.ndjson", f"toml/{stem}.toml")
        kibana = json.loads(result.files[f"ndjson/{stem}.ndjson"])
        toml = tomllib.loads(result.files[f"toml/{stem}.toml"].decode())
        assert errors("elastic", kibana) == [], stem
        assert errors("elastic_toml", toml) == [], stem
        assert toml["rule"] == {key: value for key, value in kibana.items() if key not in NOT_IN_TOML}, stem
        assert kibana["query"] == rule.rendered.files[f".{kibana['language']}"], stem
        assert kibana["enabled"] is False


def test_one_file_holds_a_line_for_each_rule() -> None:
    result = objects(deployables("elastic"))
    lines = result.files[ALL].decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["rule_id"] for line in lines] == [
        json.loads(result.files[f"ndjson/{stem}.ndjson"])["rule_id"] for stem in sorted(result.of)
    ]
    assert len(set(lines)) == len(result.of)


def test_elastics_parsers_read_every_query() -> None:
    for rule in deployables("elastic"):
        kibana, _ = both(rule)
        assert LANGUAGES[kibana["language"]].parse(kibana["query"]) == [], rule.description.stem


def test_the_indices_are_those_that_the_target_reads() -> None:
    elastic = target("elastic")
    rules = {rule.description.stem: rule for rule in deployables("elastic")}
    for entry in pack().rules:
        rule = rules.get(entry.source.stem)
        if rule is not None and rule.description.correlation is None:
            query = elastic.translator.translate(entry.rule)
            assert ", ".join(index_patterns(rule)) == required_state(query, "index"), entry.source.stem
            assert (".eql" in rule.rendered.files) is speaks_eql(query)


def test_every_index_pattern_belongs_to_an_integration() -> None:
    for rule in deployables("elastic"):
        for pattern in index_patterns(rule):
            assert any(pattern.startswith(f"logs-{name}") for name in INTEGRATIONS), pattern


def test_a_run_looks_back_far_enough() -> None:
    for rule in deployables("elastic"):
        kibana, _ = both(rule)
        lookback, every = seconds(kibana["from"].removeprefix("now-")), seconds(kibana["interval"])
        span = rule.description.timespan or 0
        window = span if rule.rendered.window != "hopping" else span * 5 // 4
        assert lookback >= window + every + LATENCY, rule.description.stem


def test_correlations_follow_the_time_of_events_and_rules_that_of_their_arrival() -> None:
    assert both(sample("elastic", "proc"))[0]["timestamp_override"] == "event.ingested"
    assert "timestamp_override" not in both(sample("elastic", "correlation"))[0]


def test_a_burst_of_many_windows_is_one_alert() -> None:
    kibana, _ = both(sample("elastic", "correlation"))
    assert kibana["alert_suppression"] == {
        "group_by": ["Computer"],
        "duration": {"value": 44, "unit": "m"},
        "missing_fields_strategy": "suppress",
    }


def test_a_burst_of_more_keys_than_suppression_takes_is_not_suppressed() -> None:
    rule = sample("elastic", "correlation")
    query = rule.rendered.files[".esql"].replace("BY window_start, Computer", "BY window_start, Computer, a, b, c")
    kibana, _ = both(replace(rule, rendered=replace(rule.rendered, files={".esql": query})))
    assert "alert_suppression" not in kibana


@pytest.mark.parametrize(
    ("level", "severity", "score"),
    [("informational", "low", 10), ("low", "low", 21), ("medium", "medium", 47), ("critical", "critical", 99)],
)
def test_the_level_is_severity_and_score(level: str, severity: str, score: int) -> None:
    kibana, _ = both(described(sample("elastic", "proc"), level=level))
    assert (kibana["severity"], kibana["risk_score"]) == (severity, score)
    assert ("building_block_type" in kibana) is (level == "informational")


def test_the_guide_is_note_and_setup() -> None:
    guide = Guide("", {"First five questions": "1. Who?", "Telemetry": "- `Sysmon 1`", "Goal": "Find it."})
    kibana, _ = both(described(sample("elastic", "proc"), guide=guide))
    assert kibana["note"].startswith("## Triage and analysis\n\n### First five questions\n\n1. Who?\n\n")
    assert kibana["setup"] == "## Setup\n\n- `Sysmon 1`"
    without, _ = both(described(sample("elastic", "proc"), guide=None))
    assert without["note"].startswith("Sigma rule ")
    assert "setup" not in without


def test_a_button_of_kibanas_guides_is_text() -> None:
    guide = Guide("", {"Steps": '!{investigate{"label": "x"}}', "Telemetry": "!{osquery{}}"})
    kibana, _ = both(described(sample("elastic", "proc"), guide=guide))
    assert '!\\{investigate{"label": "x"}}' in kibana["note"]
    assert kibana["setup"] == "## Setup\n\n!\\{osquery{}}"


@pytest.mark.parametrize(
    ("title", "name"),
    [("Plain Title", "Plain Title"), ("[Test] x", "Sigma rule ([Test] x)"), ("é", "Sigma rule (é)"), ("A", None)],
)
def test_a_name_is_one_that_detection_rules_takes(title: str, name: str | None) -> None:
    rule = described(sample("elastic", "proc"), title=title)
    assert both(rule)[0]["name"] == (name or f"Sigma rule ({title})")


def test_a_rule_without_dates_has_the_first_of_all() -> None:
    _, toml = both(described(sample("elastic", "proc"), created=None, modified=None))
    assert toml["metadata"]["creation_date"] == toml["metadata"]["updated_date"] == "1970/01/01"


def test_a_source_without_indices_is_refused() -> None:
    result = objects([described(sample("elastic", "proc"), sources=("macos/file_event",))])
    assert result.files == {}
    assert "no index pattern is known" in result.refused["proc_creation_win_sample_archiver"]


def test_every_technique_and_its_parent_has_a_name() -> None:
    assert {one.parent for one in techniques().values()} <= techniques().keys()
    entries = detection_rule(described(sample("elastic", "proc"), techniques=(techniques()["T1003.003"],)), "Name x")
    assert entries["threat"][0] == {
        "framework": "MITRE ATT&CK",
        "tactic": {"id": "TA0009", "name": "Collection", "reference": "https://attack.mitre.org/tactics/TA0009/"},
    }


def test_the_schema_refuses_what_kibana_refuses() -> None:
    kibana, toml = both(sample("elastic", "proc"))
    kibana["severity"] = "informational"
    kibana["threshold"] = {"field": [], "value": 1}
    kibana["threat"][0]["tactic"].pop("reference")
    assert len(errors("elastic", kibana)) == 4  # the band of scores fails with the severity
    toml["rule"]["version"] = 1
    assert len(errors("elastic_toml", toml)) == 1
    correlation, _ = both(sample("elastic", "correlation"))
    correlation["index"] = ["logs-*"]
    assert errors("elastic", correlation) != []


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_any_text_of_a_rule_stays_text(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("elastic", stem)))
    files = objects([rule]).files
    assert files[ALL].count(b"\n") == 1
    kibana, toml = both(rule)
    assert errors("elastic", kibana) == []
    assert errors("elastic_toml", toml) == []
    assert toml["rule"] == {key: value for key, value in kibana.items() if key not in NOT_IN_TOML}
    assert kibana["query"] in rule.rendered.files.values()


@given(hostile_text)
def test_any_query_is_read_back_as_it_was(text: str) -> None:
    rule = sample("elastic", "proc")
    kibana, toml = both(replace(rule, rendered=replace(rule.rendered, files={".eql": f"any where x\n{text}"})))
    assert kibana["query"] == toml["rule"]["query"] == f"any where x\n{text}"


@given(hostile_value)
def test_any_value_stays_in_its_query(value: str) -> None:
    rule = of_value("elastic", value)
    if rule is not None:
        kibana, toml = both(rule)
        assert kibana["query"] == toml["rule"]["query"] == rule.rendered.files[".eql"]
        assert eql.LANGUAGE.parse(kibana["query"]) == []


def test_the_same_bytes_in_any_order() -> None:
    assert objects(samples("elastic")).files == objects(samples("elastic")[::-1]).files
