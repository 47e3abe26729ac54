from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.findings import one_line
from stagewatch.languages import cql
from stagewatch.languages.cql_parser import read
from stagewatch.objects.base import Deployable
from stagewatch.objects.logscale import objects
from stagewatch.telemetry.logscale import SCHEMA
from tests.objects.pack import deployables
from tests.objects.samples import (
    VERSION,
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

FOLDERS = {"filter-alerts": "logscale_filteralert", "scheduled-searches": "logscale_scheduledsearch"}


def trigger_of(rule: Deployable) -> tuple[str, dict[str, Any]]:
    """The folder and the content of the rule's trigger, read by another reader than the writer's."""
    files = objects([rule]).files
    [path] = [path for path in files if path.split("/")[1:2] and path.split("/")[1] in FOLDERS]
    content: dict[str, Any] = yaml.load(files[path], Loader=yaml.CSafeLoader)
    return path.split("/")[1], content


def test_the_samples_give_these_bytes() -> None:
    files = dict(made("logscale").files)
    archive = files.pop("stagewatch.zip")
    assert files == expected("logscale")
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        inside = {f"package/{name}": package.read(name) for name in package.namelist()}
    assert inside == {path: content for path, content in expected("logscale").items() if path.startswith("package/")}


def test_every_rule_of_the_pack_has_a_valid_trigger() -> None:
    rules = deployables("logscale")
    result = objects(rules)
    assert result.refused == {}
    assert result.of.keys() == {rule.description.stem for rule in rules}
    assert {path for paths in result.of.values() for path in paths} == result.files.keys()
    names = []
    for path, content in result.files.items():
        folder = path.split("/")[1] if "/" in path else ""
        if folder in FOLDERS:
            document = yaml.safe_load(content)
            assert errors(FOLDERS[folder], document) == [], path
            assert document["enabled"] is False
            names.append(document["name"])
    assert len(names) == len(set(names)) == len(rules)
    assert errors("logscale_manifest", yaml.safe_load(result.files["package/manifest.yaml"])) == []


def test_a_trigger_asks_what_the_query_asks() -> None:
    for rule in deployables("logscale"):
        _, document = trigger_of(rule)
        assert document["queryString"] == rule.rendered.files[".cql"]
        assert cql.LANGUAGE.check(document["queryString"], SCHEMA) == [], rule.description.stem


def test_what_aggregates_is_scheduled_and_nothing_else_is() -> None:
    for rule in deployables("logscale"):
        folder, document = trigger_of(rule)
        aggregates = cql._makes_rows(read(document["queryString"]))
        assert folder == ("scheduled-searches" if aggregates else "filter-alerts"), rule.description.stem


def test_no_burst_falls_between_two_runs() -> None:
    for rule in deployables("logscale"):
        timespan = rule.description.timespan
        if timespan is not None:
            _, document = trigger_of(rule)
            assert int(document["queryStart"].removesuffix("s")) >= timespan + interval(document["schedule"])


def interval(cron: str) -> int:
    minutes = cron.split(" ", maxsplit=1)[0]
    return 3600 if minutes == "0" else int(minutes.removeprefix("*/")) * 60


@pytest.mark.parametrize(
    ("timespan", "cron", "start"),
    [
        (60, "*/5 * * * *", "960s"),
        (900, "*/15 * * * *", "2400s"),
        (2700, "*/30 * * * *", "6000s"),
        (3600, "0 * * * *", "7800s"),
        (604_800, "0 * * * *", "609000s"),
    ],
)
def test_the_timespan_says_how_often_and_how_far_back(timespan: int, cron: str, start: str) -> None:
    _, document = trigger_of(described(sample("logscale", "correlation"), timespan=timespan))
    assert (document["schedule"], document["queryStart"]) == (cron, start)


def test_labels_hold_what_the_format_has_no_place_for() -> None:
    _, document = trigger_of(sample("logscale", "proc"))
    assert document["labels"] == [
        "severity:high",
        "TA0009",
        "T1074.001",
        "T1560.001",
        "stagewatch:6f0a6a7e-3f0b-4a0e-9b3e-0a1f6d2b7c11",
    ]


def test_a_chain_of_events_needs_the_version_that_brought_it() -> None:
    rule = sample("logscale", "correlation")
    query = 'correlate(\n  a: { x="1" },\n)'
    chain = Deployable(rule.description, type(rule.rendered)({".cql": query}))
    oldest = [
        yaml.safe_load(objects(rules).files["package/manifest.yaml"])["minHumioVersion"] for rules in ([rule], [chain])
    ]
    assert oldest == ["1.174.0", "1.192.0"]


def test_the_archive_has_its_manifest_at_the_root_and_no_clock() -> None:
    first, second = (
        objects(rules).files["stagewatch.zip"] for rules in (samples("logscale"), samples("logscale")[::-1])
    )
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert package.testzip() is None
        assert "manifest.yaml" in package.namelist()
        assert package.namelist() == sorted(package.namelist())
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.external_attr >> 16 for entry in package.infolist()} == {0o100644}


def test_the_package_has_the_version_of_stagewatch() -> None:
    assert yaml.safe_load(made("logscale").files["package/manifest.yaml"])["version"] == VERSION


def test_the_schema_refuses_the_legacy_kind_and_unknown_keys() -> None:
    _, document = trigger_of(sample("logscale", "proc"))
    document |= {"$schema": "https://schemas.humio.com/alert/v0.3.0", "timeInterval": "1d"}
    assert len(errors("logscale_filteralert", document)) == 2


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_any_text_is_read_back(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("logscale", stem)))
    folder, document = trigger_of(rule)
    about = rule.description
    assert errors(FOLDERS[folder], document) == []
    assert document["name"] == (one_line(about.title) or about.stem)
    told = document["description"].split("\n")
    for text in (*about.false_positives, *about.references):
        assert not one_line(text) or f"- {one_line(text)}" in told
    assert document["queryString"] == rule.rendered.files[".cql"]


@given(hostile_value)
@settings(deadline=None)
def test_any_value_stays_in_its_query(value: str) -> None:
    rule = of_value("logscale", value)
    if rule is not None:
        _, document = trigger_of(rule)
        assert document["queryString"] == rule.rendered.files[".cql"]
        assert cql.LANGUAGE.parse(document["queryString"]) == []
