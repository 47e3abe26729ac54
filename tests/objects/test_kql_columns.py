from __future__ import annotations

import pytest
from hypothesis import given

from stagewatch.languages.base import Schema
from stagewatch.languages.kql import LANGUAGE
from stagewatch.objects.kql_columns import Returned, looked_up, returned, without_literals
from stagewatch.targets.kql import literal
from stagewatch.telemetry import defender, sentinel
from tests.objects.pack import deployables
from tests.objects.samples import hostile_text, sample
from tests.support import query

SCHEMAS: dict[str, Schema] = {"defender": defender.SCHEMA, "sentinel": sentinel.SCHEMA}

TWO_TABLES = """
title: Copied
id: 5d1c1f0a-0a6e-4b3a-9f59-0f1f2e3d4c5b
logsource: {category: process_creation, product: windows}
detection: {selection: {Image|endswith: '\\copy.exe'}, condition: selection}
---
title: Written
id: 6d1c1f0a-0a6e-4b3a-9f59-0f1f2e3d4c5b
logsource: {category: file_event, product: windows}
detection: {selection: {TargetFilename|endswith: '.zip'}, condition: selection}
---
title: Both
correlation:
    type: temporal
    rules: [5d1c1f0a-0a6e-4b3a-9f59-0f1f2e3d4c5b, 6d1c1f0a-0a6e-4b3a-9f59-0f1f2e3d4c5b]
    group-by: [Computer, User, ProcessGuid]
    timespan: 5m
"""


def test_a_rule_returns_its_table() -> None:
    result = returned(sample("defender", "proc").rendered.files[".kql"])
    assert result == Returned(("DeviceProcessEvents",))
    assert result.chosen({"sidColumn": "AccountSid"}) == {"sidColumn": "AccountSid"}


def test_a_correlation_returns_its_keys_and_what_tells_the_last_event() -> None:
    result = returned(sample("defender", "correlation").rendered.files[".kql"])
    assert result.tables == ("DeviceFileEvents",)
    assert result.made == ("Computer", "FirstSeen", "Values")
    assert result.columns == {name: name for name in ("DeviceId", "DeviceName", "ReportId", "Timestamp")}
    assert result.chosen({"name": "DeviceName", "sid": "InitiatingProcessAccountSid"}) == {"name": "DeviceName"}


@pytest.mark.parametrize("order", ["temporal", "temporal_ordered"])
def test_a_key_stands_for_a_column_only_where_all_rules_take_it_from_there(order: str) -> None:
    result = returned(query("defender", TWO_TABLES.replace("type: temporal", f"type: {order}")))
    assert result.tables == ("DeviceProcessEvents", "DeviceFileEvents")
    assert result.columns is not None
    assert "ProcessUniqueId" not in result.columns  # in file events it is InitiatingProcessUniqueId
    assert {"Computer", "User", "ProcessGuid", "FirstSeen"} <= set(result.made)


@pytest.mark.parametrize("target", ["defender", "sentinel"])
def test_microsofts_binder_finds_every_column(target: str) -> None:
    for rule in deployables(target):
        text = rule.rendered.files[".kql"]
        result = returned(text)
        columns = dict.fromkeys([*result.made, *(result.columns or {}).values()])
        problems = LANGUAGE.check(f"{text}\n| project {', '.join(columns)}" if columns else text, SCHEMAS[target])
        assert problems == [], rule.description.stem
        assert result.tables, rule.description.stem
        assert set(result.tables) <= SCHEMAS[target].keys(), rule.description.stem
        assert set(looked_up(text)) <= {"DeviceInfo"}, rule.description.stem


@given(hostile_text)
def test_no_text_of_a_literal_is_code(value: str) -> None:
    written = literal(value)
    assert without_literals(f"T\n| where a == {written} and b == 1") == 'T\n| where a == "" and b == 1'
