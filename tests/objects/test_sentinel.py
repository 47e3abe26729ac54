from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.languages.kql import LANGUAGE
from stagewatch.objects.attack import tactics as attack_tactics
from stagewatch.objects.attack import techniques as attack_techniques
from stagewatch.objects.base import Deployable
from stagewatch.objects.microsoft import tactic_name
from stagewatch.objects.sentinel import ARM, objects, span
from stagewatch.objects.sentinel_arm import MAX_BYTES, iso, template
from stagewatch.objects.sentinel_attack import LISTED, UNLISTED
from stagewatch.objects.sentinel_entities import CONNECTORS, DETAILS, ENTITIES
from stagewatch.telemetry.sentinel import SCHEMA
from stagewatch.yamlsafe import load_documents
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

SECONDS = {"m": 60, "h": 3600, "d": 86_400}
DAY = 86_400


def seconds(text: str) -> int:
    """A time span of the YAML."""
    return int(text[:-1]) * SECONDS[text[-1]]


def evaluated(value: Any) -> Any:
    """A template's value as the service reads it, of a template whose values hold no expression."""
    match value:
        case str() if value.startswith("[") and value.endswith("]"):
            assert value.startswith("[["), f"an expression: {value}"
            return value[1:]
        case list():
            return [evaluated(one) for one in value]
        case dict():
            return {key: evaluated(one) for key, one in value.items()}
        case _:
            return value


def both(rule: Deployable) -> tuple[dict[str, Any], dict[str, Any]]:
    """The YAML and the template's resource of a rule."""
    files = objects([rule]).files
    document = yaml.safe_load(files[f"analytics-rules/{rule.description.stem}.yaml"])
    [resource] = json.loads(files[ARM])["resources"]
    return document, resource


def columns(document: dict[str, Any]) -> list[str]:
    """Every column that the rule names."""
    mapped = [field["columnName"] for one in document.get("entityMappings", ()) for field in one["fieldMappings"]]
    return [*mapped, *document.get("customDetails", {}).values()]


def test_the_samples_give_these_bytes() -> None:
    assert made("sentinel").files == expected("sentinel")


def test_every_rule_of_the_pack_has_a_valid_yaml() -> None:
    rules = deployables("sentinel")
    result = objects(rules)
    assert result.refused == {}
    assert {path for paths in result.of.values() for path in paths} == result.files.keys()
    for rule in rules:
        stem = rule.description.stem
        path = f"analytics-rules/{stem}.yaml"
        assert result.of[stem] == (ARM, path)
        [(_, document)] = load_documents(result.files[path].decode())
        assert errors("sentinel", document) == [], stem
        assert document["query"] == rule.rendered.files[".kql"], stem
        period, often = seconds(document["queryPeriod"]), seconds(document["queryFrequency"])
        assert 300 <= often <= period <= 14 * DAY, stem
        assert period < 2 * DAY or often >= 3600, stem
        assert period >= (rule.description.timespan or 0) + often, stem
        for technique in document["relevantTechniques"]:
            assert LISTED[technique.partition(".")[0]] in document["tactics"], (stem, technique)


def test_the_template_says_what_the_yaml_says() -> None:
    files = objects(deployables("sentinel")).files
    document = json.loads(files[ARM])
    assert errors("sentinel_arm", document) == []
    assert len(zlib.compress(files[ARM])) < 500_000  # a deployment job takes 1 MB after compression
    assert len(document["resources"]) == len(files) - 1
    rules = {rule["id"]: rule for rule in map(yaml.safe_load, (files[path] for path in files if path != ARM))}
    for resource in document["resources"]:
        number = re.findall(r"[0-9a-f-]{36}", resource["name"])[0]
        rule, properties = rules.pop(number), evaluated(resource["properties"])
        assert number in resource["condition"]
        assert properties["enabled"] is False
        assert properties["displayName"] == rule["name"]
        assert properties["queryFrequency"] == iso(rule["queryFrequency"])
        assert properties["queryPeriod"] == iso(rule["queryPeriod"])
        assert {one.partition(".")[0] for one in rule["relevantTechniques"]} == set(properties["techniques"])
        for key in ("description", "query", "severity", "tactics", "entityMappings", "customDetails"):
            assert properties.get(key) == rule.get(key), (number, key)


def test_microsofts_binder_finds_every_column_that_a_rule_names() -> None:
    for rule in deployables("sentinel"):
        document, _ = both(rule)
        wanted = ", ".join(dict.fromkeys(["TimeGenerated", *columns(document)]))
        assert LANGUAGE.check(f"{document['query']}\n| project {wanted}", SCHEMA) == [], rule.description.stem


def test_every_table_has_its_entities_connectors_and_columns() -> None:
    assert ENTITIES.keys() | {"DeviceInfo"} == CONNECTORS.keys()
    for table, entities in ENTITIES.items():
        named = {column for _, fields in entities for column in fields.values()} | set(DETAILS.get(table, {}).values())
        assert named <= {*SCHEMA[table], "_ResourceId"}, table


def test_every_technique_is_known_to_the_validator_or_left_out() -> None:
    assert {technique.parent for technique in attack_techniques().values()} == LISTED.keys() | UNLISTED
    for technique in attack_techniques().values():
        if technique.parent in LISTED:
            assert LISTED[technique.parent] in {tactic_name(tactic) for tactic in technique.tactics}, technique.id


def test_a_technique_that_is_left_out_is_told() -> None:
    rule = described(sample("sentinel", "proc"), techniques=(attack_techniques()["T1654"],))
    document, resource = both(rule)
    assert document["relevantTechniques"] == resource["properties"]["techniques"] == []
    assert "T1654 is not among the rule's techniques" in document["description"]


def test_what_attack_named_anew_keeps_microsofts_name() -> None:
    assert tactic_name(attack_tactics()["stealth"]) == "DefenseEvasion"


def test_steps_of_correlations_make_no_incident() -> None:
    assert both(sample("sentinel", "file"))[0]["incidentConfiguration"] == {"createIncident": False}
    assert both(sample("sentinel", "proc"))[0]["incidentConfiguration"]["createIncident"] is True


def test_an_enabled_rule_is_switched_on() -> None:
    assert both(described(sample("sentinel", "proc"), enabled=True))[1]["properties"]["enabled"] is True


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": "x" * 257}, "the title has 257 characters"),
        ({"timespan": 14 * DAY - 3600}, "14 days at most"),
    ],
)
def test_what_exceeds_the_services_limits_is_refused(changes: dict[str, object], reason: str) -> None:
    result = objects([described(sample("sentinel", "correlation"), **changes)])
    assert result.files == {}
    assert reason in result.refused["correlation_win_sample_archives"]


def test_a_long_description_is_shortened_and_says_so() -> None:
    rule = replace(sample("sentinel", "proc"), degraded=("no field of hashes",))
    document, _ = both(described(rule, text="word " * 2000))
    assert 4900 < len(document["description"]) <= 5000
    assert "[shortened: Sentinel takes no longer description]" in document["description"]
    assert "no field of hashes" in document["description"]


def test_a_description_that_no_shorter_text_saves_is_cut() -> None:
    document, _ = both(described(sample("sentinel", "proc"), false_positives=("x" * 6000,)))
    assert len(document["description"]) == 5000


def test_steps_that_do_not_fit_are_left_out_whole() -> None:
    rule = sample("sentinel", "proc")
    document, _ = both(described(rule, text="w" * 4400))
    assert "### ATT&CK" in document["description"]
    assert "First five questions" in both(rule)[0]["description"]
    assert "First five questions" not in document["description"]


def test_a_template_that_would_be_too_large_is_several() -> None:
    document, _ = both(sample("sentinel", "proc"))
    rules = [{**document, "id": f"{number:08x}-0000-4000-8000-000000000000"} for number in range(1601)]
    parts = template(rules, set(), "all.json")
    assert list(parts) == ["all.json", "all-2.json", "all-3.json"]
    assert sum(len(json.loads(part)["resources"]) for part in parts.values()) == 1601
    big = [{**rule, "description": "x" * 5000, "query": "y" * 10_000} for rule in rules[:400]]
    assert all(len(part) < MAX_BYTES for part in template(big, set(), "all.json").values())
    assert template([], set(), "all.json") == {}


@pytest.mark.parametrize(
    ("length", "short", "long"), [(300, "5m", "PT5M"), (4200, "70m", "PT70M"), (7200, "2h", "PT2H"), (90, "2m", "PT2M")]
)
def test_time_spans_are_whole_minutes(length: int, short: str, long: str) -> None:
    assert (span(length), iso(span(length))) == (short, long)


def test_the_schema_refuses_what_the_validator_refuses() -> None:
    document, _ = both(sample("sentinel", "proc"))
    document["severity"] = "Critical"
    document["queryFrequency"] = "PT1H"
    document["tactics"] = ["Stealth"]
    document["entityMappings"][0]["fieldMappings"][0]["identifier"] = "DnsDomain"
    document["techniques"] = []
    assert len(errors("sentinel", document)) == 5


@pytest.mark.parametrize(
    "text", ["[x]", "[concat('a')]", "[[x]]", "[", "[]", "[x] y", "[resourceGroup().id]", "[[", "[x\n]"]
)
def test_no_text_is_an_expression_of_the_template(text: str) -> None:
    rule = described(sample("sentinel", "proc"), title=text)
    document, resource = both(rule)
    assert evaluated(resource["properties"])["displayName"] == document["name"]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_any_text_of_a_rule_stays_text(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("sentinel", stem)))
    document, resource = both(rule)
    assert errors("sentinel", document) == []
    assert load_documents(objects([rule]).files[f"analytics-rules/{rule.description.stem}.yaml"].decode())
    properties = evaluated(resource["properties"])
    assert (properties["displayName"], properties["description"]) == (document["name"], document["description"])
    assert document["query"] == rule.rendered.files[".kql"]


@given(hostile_text)
def test_any_query_is_read_back_as_it_was(text: str) -> None:
    rule = sample("sentinel", "proc")
    query = f"DeviceProcessEvents\n{text}"
    document, resource = both(replace(rule, rendered=replace(rule.rendered, files={".kql": query})))
    assert document["query"] == evaluated(resource["properties"]["query"]) == query


@given(hostile_value)
def test_any_value_stays_in_its_query(value: str) -> None:
    rule = of_value("sentinel", value)
    if rule is not None:
        document, _ = both(rule)
        assert document["query"] == rule.rendered.files[".kql"]
        assert LANGUAGE.parse(document["query"]) == []


def test_the_same_bytes_in_any_order() -> None:
    assert objects(samples("sentinel")).files == objects(samples("sentinel")[::-1]).files
