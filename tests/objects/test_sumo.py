from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.languages.cse import LANGUAGE
from stagewatch.objects.base import Deployable
from stagewatch.objects.sumo import ENTITIES, literal, objects
from stagewatch.telemetry import sumo, sumo_cloudtrail
from stagewatch.telemetry.native import SYSMON, SYSMON_LINUX
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

NO_ENTITY = "a Cloud SIEM rule signals an entity, and no group-by field of this correlation is one"


def fields_of(rule: Deployable) -> dict[str, Any]:
    result = objects([rule])
    [content] = result.files.values()
    fields: dict[str, Any] = json.loads(content)["fields"]
    return fields


def definition(kind: str, fields: Mapping[str, Any]) -> str:
    """The rule as the language module reads it: it knows neither of a match rule's wrapping nor of empty fields."""
    known = {key: value for key, value in fields.items() if key not in ("score", "stream", "version")}
    if kind == "templated":
        known = {key: known[key] for key in ("expression", "entitySelectors", "name")}
    if known.get("countField") == "":
        del known["countField"]
    return json.dumps({**known, "type": "match" if kind == "templated" else kind})


def test_the_samples_give_these_bytes() -> None:
    assert made("sumo").files == expected("sumo")


def test_every_rule_of_the_pack_has_a_valid_body_or_a_reason() -> None:
    rules = deployables("sumo")
    result = objects(rules)
    assert {rule.description.stem for rule in rules} == result.of.keys() | result.refused.keys()
    assert all(reason.startswith(NO_ENTITY) for reason in result.refused.values())
    assert {path for paths in result.of.values() for path in paths} == result.files.keys()
    for path, content in result.files.items():
        kind = path.split("/")[1]
        document = json.loads(content)
        assert errors(f"sumo_{kind}", document) == [], path
        assert LANGUAGE.parse(definition(kind, document["fields"])) == [], path
        assert LANGUAGE.check(definition(kind, document["fields"]), sumo.SCHEMA) == [], path
        assert document["fields"]["enabled"] is False
        assert document["fields"]["isPrototype"] is True


def test_a_body_asks_what_the_query_asks() -> None:
    rules = {rule.description.stem: rule for rule in deployables("sumo")}
    for stem, [path] in objects(list(rules.values())).of.items():
        fields, files = fields_of(rules[stem]), rules[stem].rendered.files
        if ".rule.json" not in files:
            assert path.startswith("rules/templated/")
            assert fields["expression"] == files[".cse"]
        else:
            settings_of = json.loads(files[".rule.json"])
            assert path.startswith(f"rules/{settings_of.pop('type')}/")
            assert {key: fields[key] for key in settings_of} == settings_of


def test_the_mapper_of_each_log_source_fills_the_entities() -> None:
    assert set(ENTITIES["aws/cloudtrail"]) <= set(sumo_cloudtrail.MAPPED.values())
    for source, provider, number in (
        ("windows/process_creation", SYSMON, 1),
        ("windows/file_event", SYSMON, 11),
        ("linux/process_creation", SYSMON_LINUX, 1),
        ("linux/file_event", SYSMON_LINUX, 11),
    ):
        assert ENTITIES[source].keys() <= sumo.MAPPERS[provider, number].mapped.keys(), source
    security = [mapper for (provider, _), mapper in sumo.MAPPERS.items() if "Security" in provider]
    assert security
    assert all("device_hostname" in mapper.mapped for mapper in security)


def test_a_correlation_by_raw_keys_alone_is_refused() -> None:
    rule = sample("sumo", "correlation")
    changed = json.loads(rule.rendered.files[".rule.json"]) | {"entitySelectors": []}
    files = {**rule.rendered.files, ".rule.json": json.dumps(changed)}
    result = objects([Deployable(rule.description, type(rule.rendered)(files))])
    assert result.files == {}
    assert result.refused["correlation_win_sample_archives"].startswith(NO_ENTITY)


def test_a_source_without_a_known_entity_is_refused() -> None:
    result = objects([described(sample("sumo", "proc"), sources=("macos/process_creation",))])
    assert "none is known for macos/process_creation" in result.refused["proc_creation_win_sample_archiver"]


def test_an_enabled_rule_is_no_prototype() -> None:
    fields = fields_of(described(sample("sumo", "file"), enabled=True))
    assert (fields["enabled"], fields["isPrototype"]) == (True, False)


@pytest.mark.parametrize(
    ("level", "score"), [("informational", 1), ("low", 2), ("medium", 4), ("high", 6), ("critical", 8)]
)
def test_the_level_is_the_score(level: str, score: int) -> None:
    assert fields_of(described(sample("sumo", "proc"), level=level))["scoreMapping"]["default"] == score
    assert fields_of(described(sample("sumo", "correlation"), level=level))["score"] == score


def test_the_schema_refuses_an_unknown_key_and_a_window_without_its_length() -> None:
    document = json.loads(made("sumo").files["rules/threshold/correlation_win_sample_archives.json"])
    document["fields"]["nameExpression"] = "x"
    del document["fields"]["windowSizeMilliseconds"]
    assert len(errors("sumo_threshold", document)) == 2


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_no_text_of_a_rule_is_filled_in(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("sumo", stem)))
    fields = fields_of(rule)
    kind = "templated" if stem == "proc" else "threshold"
    assert errors(f"sumo_{kind}", {"fields": fields}) == []
    for key in ("nameExpression", "descriptionExpression", "description"):
        assert "{{" not in fields.get(key, "")
        assert "}}" not in fields.get(key, "")
    assert re.findall(r"\{\{(\w+)\}\}", fields["summaryExpression"]) == [
        selector["expression"] for selector in fields["entitySelectors"]
    ]


@given(hostile_text)
def test_only_braces_are_parted(text: str) -> None:
    assert literal(text).replace(" ", "") == text.replace(" ", "")
    assert literal(literal(text)) == literal(text)


@given(hostile_value)
def test_any_value_stays_in_its_expression(value: str) -> None:
    rule = of_value("sumo", value)
    if rule is not None:
        fields = fields_of(rule)
        assert fields["expression"] == rule.rendered.files[".cse"]
        assert LANGUAGE.parse(definition("templated", fields)) == []


def test_the_same_bytes_in_any_order() -> None:
    assert objects(samples("sumo")).files == objects(samples("sumo")[::-1]).files
