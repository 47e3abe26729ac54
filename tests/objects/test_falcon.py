from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.findings import one_line
from stagewatch.objects.attack import tactics, techniques
from stagewatch.objects.base import Deployable
from stagewatch.objects.falcon import SHORTEST
from stagewatch.objects.logscale import objects
from tests.objects.pack import deployables
from tests.objects.samples import described, hostile_descriptions, sample
from tests.objects.schema import errors


def body_of(rule: Deployable) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(objects([rule]).files[f"falcon/{rule.description.stem}.json"])
    return body


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(?:@every )?(\d+)h(\d+)m", duration)
    assert found, duration
    return int(found[1]) * 3600 + int(found[2]) * 60


def test_every_rule_of_the_pack_has_a_valid_body() -> None:
    for rule in deployables("logscale"):
        body = body_of(rule)
        assert errors("falcon", body) == [], rule.description.stem
        assert body["search"]["filter"] == rule.rendered.files[".cql"]
        assert body["status"] == "inactive"
        assert (body["customer_id"], body["operation"]["start_on"]) == ("${CID}", "${START_ON}")
        assert len(body["mitre_attack"]) >= len(rule.description.techniques)


def test_the_look_back_covers_the_timespan_and_the_time_between_two_runs() -> None:
    for rule in deployables("logscale"):
        body = body_of(rule)
        every, lookback = seconds(body["operation"]["schedule"]["definition"]), seconds(body["search"]["lookback"])
        assert SHORTEST <= every <= 3600
        assert every + (rule.description.timespan or 0) < lookback <= 168 * 3600


def test_a_longer_look_back_than_the_service_allows_is_refused() -> None:
    rule = described(sample("logscale", "correlation"), timespan=7 * 86400)
    result = objects([rule])
    assert result.refused["correlation_win_sample_archives"] == (
        "no correlation rule of Falcon Next-Gen SIEM: it looks back 168 hours at most, the rule needs 169h10m"
    )
    assert "falcon/correlation_win_sample_archives.json" not in result.files
    assert "package/scheduled-searches/correlation_win_sample_archives.yaml" in result.files


def test_single_events_are_looked_up_by_ingest_time_and_bursts_by_their_own() -> None:
    assert body_of(sample("logscale", "proc"))["search"]["use_ingest_time"] is True
    assert body_of(sample("logscale", "correlation"))["search"]["use_ingest_time"] is False


@pytest.mark.parametrize(
    ("level", "severity"), [("informational", 10), ("low", 30), ("medium", 50), ("high", 70), ("critical", 90)]
)
def test_the_level_is_the_severity(level: str, severity: int) -> None:
    assert body_of(described(sample("logscale", "proc"), level=level))["severity"] == severity


def test_more_techniques_than_ten_are_told() -> None:
    every = tuple(sorted(techniques().values()))
    assert len(every) > 10
    body = body_of(described(sample("logscale", "proc"), techniques=every, tactics=tuple(sorted(tactics().values()))))
    assert errors("falcon", body) == []
    assert len(body["mitre_attack"]) == 10
    left_out = re.search(r"left out: (.+)", body["description"])
    assert left_out is not None
    pairs = {(tactic.id, one.id) for one in every for tactic in one.tactics}
    shown = {(entry["tactic_id"], entry["technique_id"]) for entry in body["mitre_attack"]}
    assert {tuple(pair.split("/")) for pair in left_out[1].split(", ")} == pairs - shown


def test_a_rule_of_tactics_alone_names_these() -> None:
    body = body_of(described(sample("logscale", "proc"), techniques=()))
    assert body["mitre_attack"] == [{"tactic_id": "TA0009"}]
    assert errors("falcon", body) == []


def test_an_enabled_rule_is_active() -> None:
    assert body_of(described(sample("logscale", "proc"), enabled=True))["status"] == "active"


def test_the_schema_refuses_other_severities_and_unknown_keys() -> None:
    body = body_of(sample("logscale", "proc"))
    assert len(errors("falcon", {**body, "severity": 40, "id": "x"})) == 2


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_read_back(data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("logscale", "proc")))
    body, about = body_of(rule), rule.description
    assert errors("falcon", body) == []
    assert body["name"] == (one_line(about.title) or about.stem)
    assert (body["customer_id"], body["operation"]["start_on"]) == ("${CID}", "${START_ON}")
    for text in (*about.false_positives, *about.references):
        assert not one_line(text) or f"- {one_line(text)}" in body["description"].split("\n")
