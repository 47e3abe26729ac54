"""The Splunk app: each search's stanza, over the whole pack, and byte for byte for the samples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from stagewatch.findings import Finding
from stagewatch.fixtures import read_fixtures
from stagewatch.languages.base import Event, Value
from stagewatch.languages.spl import LANGUAGE
from stagewatch.objects import splunk
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.levels import SPLUNK_RISK
from stagewatch.objects.splunk_sources import MACROS, SECURITY, SOURCES, source_of
from stagewatch.telemetry import load_telemetry
from tests.objects.pack import deployables
from tests.objects.samples import described, expected, made, sample, samples
from tests.objects.splunk_reader import AppInspectReader, Conf, appinspect_command, read

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "stagewatch" / "objects" / "schemas" / "splunk.json").read_text(encoding="utf-8"))


@cache
def _pack() -> Objects:
    return splunk.objects(deployables("splunk"))


@cache
def _searches() -> Conf:
    return read(_pack().files["stagewatch/default/savedsearches.conf"].decode())


def _search(rule: Deployable) -> dict[str, str]:
    (settings,) = read(_pack().files[f"searches/{rule.description.stem}.conf"].decode()).values()
    return settings


class TestSamples:
    def test_give_these_bytes(self) -> None:
        assert made("splunk").files == expected("splunk")

    def test_the_collected_file_holds_each_search(self) -> None:
        result = splunk.objects(samples("splunk"))
        collected = result.files["stagewatch/default/savedsearches.conf"]
        assert [collected.count(result.files[f"searches/{stem}.conf"]) for stem in result.of] == [1, 1, 1]

    def test_every_shared_file_belongs_to_each_rule(self) -> None:
        result = splunk.objects(samples("splunk"))
        shared = result.files.keys() - {f"searches/{stem}.conf" for stem in result.of}
        for stem, paths in result.of.items():
            assert set(paths) == shared | {f"searches/{stem}.conf"}

    def test_order_of_the_rules_changes_nothing(self) -> None:
        assert splunk.objects(samples("splunk")[::-1]).files == splunk.objects(samples("splunk")).files


class TestSearch:
    """One rule's search, and what it depends on."""

    @pytest.fixture
    def rule(self) -> Deployable:
        return sample("splunk", "proc")

    @pytest.fixture
    def correlation(self) -> Deployable:
        return sample("splunk", "correlation")

    def test_is_switched_on_where_the_description_says_so(self, rule: Deployable) -> None:
        assert _only(rule)["disabled"] == "1"
        assert _only(described(rule, enabled=True))["disabled"] == "0"

    def test_keeps_its_name_when_title_or_version_change(self, rule: Deployable) -> None:
        assert _names(rule) == _names(described(rule, title="Another", version=9))

    def test_tells_what_the_platform_does_not_see(self, rule: Deployable) -> None:
        settings = _only(replace(rule, degraded=("no field x",)))
        for key in ("description", RULE_DESCRIPTION, NEXT_STEPS):
            assert "Sees less than the rule says: no field x" in settings[key]

    def test_of_an_informational_rule_alerts_nobody_and_leaves_a_risk_event(self) -> None:
        settings = _only(sample("splunk", "file_event"))
        assert (settings["action.notable"], settings["alert.track"], settings["action.risk"]) == ("0", "0", "1")

    def test_tells_of_a_macro_of_another_pipeline(self, rule: Deployable) -> None:
        settings = _only(_with_query(rule, "stagewatch_sysmon", "site_sysmon"))
        assert "needs the macro site_sysmon, which this app does not define" in settings["description"]

    def test_of_an_unknown_log_source_names_no_field_and_is_throttled_by_the_event(self, rule: Deployable) -> None:
        settings = _only(described(rule, sources=("other/source",)))
        assert settings["action.risk"] == "0"
        assert settings["alert.suppress.fields"] == "_raw"
        assert not {"action.notable.param.nes_fields", DRILLDOWNS} & settings.keys()

    def test_of_a_correlation_is_throttled_by_its_group(self, correlation: Deployable) -> None:
        assert _only(correlation)["alert.suppress.fields"] == "Computer"

    def test_of_a_correlation_without_group_by_is_throttled_as_a_whole(self, correlation: Deployable) -> None:
        settings = _only(_with_query(correlation, " BY Computer", ""))
        assert "alert.suppress.fields" not in settings
        assert settings["alert.suppress"] == "1"

    def test_of_a_correlation_names_the_fields_that_all_its_log_sources_have(self, correlation: Deployable) -> None:
        mixed = described(correlation, sources=("windows/file_event", "windows/security"))
        assert list(source_of(mixed).risk) == ["Computer"]

    def test_of_a_correlation_knows_the_kind_of_a_renamed_key(self, correlation: Deployable) -> None:
        renamed = described(_with_query(correlation, " BY Computer", " BY group_User"), sources=("a/b", "c/d"))
        assert dict(source_of(renamed).risk) == {"group_User": "user"}

    def test_that_reads_several_logs_looks_at_all_of_them(self, correlation: Deployable) -> None:
        several = _with_query(correlation, "`stagewatch_sysmon`", "`stagewatch_powershell` `stagewatch_sysmon`")
        (drilldown,) = json.loads(_only(several)[DRILLDOWNS])
        assert drilldown["search"] == '(`stagewatch_powershell` OR `stagewatch_sysmon`) Computer="$Computer$"'


RULE_DESCRIPTION = "action.notable.param.rule_description"
NEXT_STEPS = "action.notable.param.next_steps"
DRILLDOWNS = "action.notable.param.drilldown_searches"


def _with_query(rule: Deployable, old: str, new: str) -> Deployable:
    query = rule.rendered.files[".spl"]
    assert old in query
    return replace(rule, rendered=replace(rule.rendered, files={".spl": query.replace(old, new)}))


def _only(rule: Deployable) -> dict[str, str]:
    result = splunk.objects([rule])
    (settings,) = read(result.files["stagewatch/default/savedsearches.conf"].decode()).values()
    return settings


def _names(rule: Deployable) -> list[str]:
    return list(read(splunk.objects([rule]).files["stagewatch/default/savedsearches.conf"].decode()))


class TestWholePack:
    def test_every_rule_that_has_a_query_has_an_object(self) -> None:
        assert _pack().refused == {}
        assert set(_pack().of) == {rule.description.stem for rule in deployables("splunk")}
        assert len(_searches()) == len(deployables("splunk"))

    def test_every_search_is_as_the_schema_says(self) -> None:
        for settings in _searches().values():
            jsonschema.Draft202012Validator(SCHEMA).validate(settings)
            for key, schema in _json_schemas():
                if key in settings:
                    jsonschema.Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]}).validate(
                        json.loads(settings[key])
                    )

    def test_what_went_in_reads_back(self) -> None:
        for rule in deployables("splunk"):
            about, settings = rule.description, _search(rule)
            metadata = json.loads(settings["action.correlationsearch.metadata"])
            annotations = json.loads(settings["action.correlationsearch.annotations"])
            risks = [entry.get("risk_score") for entry in json.loads(settings["action.risk.param._risk"])]
            lines = rule.rendered.files[".spl"].split("\n")
            assert settings["search"] == " ".join(line.strip(" ") for line in lines)
            assert settings["action.correlationsearch.label"].startswith(about.title)
            assert settings["description"].startswith(about.summary.replace("$", "＄"))
            assert (metadata["detection_id"], metadata["detection_version"]) == (about.id, str(about.version))
            assert annotations["mitre_attack"] == [technique.id for technique in about.techniques]
            assert settings["action.notable.param.severity"] == about.level
            assert {risk for risk in risks if risk is not None} == {SPLUNK_RISK[about.level]}
            steps = json.loads(settings["action.notable.param.next_steps"])["data"]
            for told in (*rule.degraded, *rule.rendered.warnings, *about.false_positives, *about.references):
                assert " ".join(told.split()).replace("$", "＄") in settings["description"]
                assert " ".join(told.split()).replace("$", "＄") in " ".join(steps.split())

    def test_looks_back_over_the_timespan_and_the_time_between_two_runs(self) -> None:
        for rule in deployables("splunk"):
            settings = _search(rule)
            lookback = int(settings["dispatch.earliest_time"].removeprefix("-").removesuffix("m@m")) * 60
            between = _longest_gap(settings["cron_schedule"])
            assert lookback >= (rule.description.timespan or 0) + between + 600
            assert int(settings["alert.suppress.period"].removesuffix("s")) >= lookback + 60

    def test_every_result_has_the_fields_that_the_object_names(self) -> None:
        findings: list[Finding] = []
        fixtures = read_fixtures(ROOT / "tests" / "rules", findings)
        tried = 0
        for rule in deployables("splunk"):
            fixture = fixtures.get(rule.description.id)
            named = _named_fields(_search(rule))
            for case in fixture.cases if fixture else ():
                events = [event for native in case.events for event in load_telemetry("splunk").events(native)]
                for row in _results(_search(rule)["search"], events):
                    tried += 1
                    assert not [name for name in named if row.get(name) in (None, "")], rule.description.stem
        assert tried > 500

    def test_macros_that_the_searches_read_are_defined(self) -> None:
        macros = read(_pack().files["stagewatch/default/macros.conf"].decode())
        used = {name for settings in _searches().values() for name in re.findall(r"`(\w+)`", settings["search"])}
        assert used <= macros.keys()

    def test_appinspects_parser_reads_the_same(self) -> None:
        command = appinspect_command()
        if command is None:
            pytest.skip("splunk-appinspect is not installed: set STAGEWATCH_APPINSPECT to its command")
        with AppInspectReader(command) as reader:
            for path, content in _pack().files.items():
                if path.endswith(".conf"):
                    assert reader.read(content.decode()) == read(content.decode()), path


def _json_schemas() -> Iterator[tuple[str, dict[str, object]]]:
    return ((key, schema) for key, schema in SCHEMA["$defs"].items() if key.startswith("action."))


def _longest_gap(cron: str) -> int:
    minute = cron.partition(" ")[0]
    step = 60 if minute == "0" else int(minute.removeprefix("*/"))
    assert 60 % step == 0
    return step * 60


def _named_fields(settings: dict[str, str]) -> set[str]:
    """All fields that a search's object names, in lists, in JSON and as tokens."""
    risk = json.loads(settings["action.risk.param._risk"])
    listed = ",".join([settings["alert.suppress.fields"], settings["action.notable.param.nes_fields"]])
    texts = [settings["action.notable.param.rule_title"], settings["action.risk.param._risk_message"]]
    texts += [one["name"] + one["search"] for one in json.loads(settings.get(DRILLDOWNS, "[]"))]
    return {
        *listed.split(","),
        *(entry.get("risk_object_field") or entry["threat_object_field"] for entry in risk),
        *(name for text in texts for name in re.findall(r"\$([^$]*)\$", text)),
    }


def _results(query: str, events: list[Event]) -> list[dict[str, Value]]:
    result = LANGUAGE.run(query, events, load_telemetry("splunk").schema)
    return [*map(dict, result.rows), *(dict(events[position].record) for position in sorted(result.events))]


class TestFacts:
    """What the modules hold agrees with what else the repository knows of Splunk."""

    def test_macros_are_those_of_the_schema_and_of_the_documentation(self) -> None:
        page = (ROOT / "docs" / "targets" / "splunk.md").read_text(encoding="utf-8")
        (documented,) = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
        assert {name: settings["definition"] for name, settings in read(documented).items()} == MACROS
        assert load_telemetry("splunk").schema["macros"] == MACROS

    @pytest.mark.parametrize(
        ("source", "tables"),
        [
            ("windows/process_creation", ["Sysmon EventID 1"]),
            ("linux/process_creation", ["Sysmon for Linux EventID 1"]),
            ("windows/file_event", ["Sysmon EventID 11"]),
            ("linux/file_event", ["Sysmon for Linux EventID 11"]),
            ("windows/ps_script", ["Powershell Script Block Logging 4104"]),
            ("windows/security", [f"Windows Event Log Security {code}" for code in SECURITY]),
            ("linux/auditd", [f"Linux Auditd {kind}" for kind in ("Syscall", "Path", "Cwd", "Execve", "Proctitle")]),
            ("macos/process_creation", ["osquery"]),
            ("aws/cloudtrail", ["AWS CloudTrail"]),
            ("azure/activitylogs", ["Azure Monitor Activity"]),
            ("gcp/gcp.audit", ["Google Cloud Audit Logs"]),
        ],
    )
    def test_fields_of_a_log_source_are_columns_of_its_tables(self, source: str, tables: list[str]) -> None:
        known = SOURCES[source]
        named = {*known.risk, *known.threats, *known.throttle, *([known.pivot] if known.pivot else [])}
        for table in tables:
            assert named <= load_telemetry("splunk").schema[table].keys()

    def test_every_log_source_is_checked_against_its_tables(self) -> None:
        (mark,) = self.test_fields_of_a_log_source_are_columns_of_its_tables.pytestmark  # type: ignore[attr-defined]
        assert {source for source, _ in mark.args[1]} == SOURCES.keys()

    @pytest.mark.parametrize("code", sorted(SECURITY))
    def test_fields_of_a_security_event_are_its_columns(self, code: int) -> None:
        known = SECURITY[code]
        columns = load_telemetry("splunk").schema[f"Windows Event Log Security {code}"]
        assert {*known.risk, *known.threats, *known.throttle, known.pivot} <= columns.keys()

    def test_events_of_several_numbers_share_what_both_have(self) -> None:
        query = "`stagewatch_windows_security` EventCode IN (4663, 5145)"
        rule = described(sample("splunk", "proc"), sources=("windows/security",))
        source = source_of(replace(rule, rendered=replace(rule.rendered, files={".spl": query})))
        assert list(source.risk) == ["Computer", "SubjectUserName"]
        assert (source.threats, source.throttle) == ({}, ())
