"""What the playground says of a rule and an event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewatch.playground import answer
from stagewatch.targets import TARGETS
from tests.support import query

ROOT = Path(__file__).parent.parent.parent

RULE = """\
title: Seven Zip to Temp
logsource:
    category: process_creation
    product: windows
detection:
    selection_tool:
        Image|endswith:
            - '\\7z.exe'
            - '\\rar.exe'
        CommandLine|contains|all:
            - ' a '
            - '\\Temp\\'
    selection_other:
        - OriginalFileName: 7z.exe
          Company: null
        - Description|contains: zip
    filter_main_backup:
        User: 'CORP\\backup'
    condition: 1 of selection_* and not 1 of filter_main_*
level: high
"""


def sysmon(event_id: int = 1, **data: str) -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": event_id,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "ws-1",
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00Z"}},
    }
    return json.dumps({"Event": {"System": system, "EventData": data}})


HIT = {"Image": r"C:\Tools\7z.exe", "CommandLine": r"7z.exe a c:\temp\x.7z D:\data", "User": r"CORP\jdoe"}


def asked(rule: str, event: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer(rule, event))
    return found


def match(rule: str, event: str) -> dict[str, Any]:
    found: dict[str, Any] = asked(rule, event)["rules"][0]["match"]
    return found


def part(parts: list[dict[str, Any]], *path: str) -> dict[str, Any]:
    """The part with these texts on its path."""
    found = next(one for one in parts if one["text"] == path[0])
    return part(found["parts"], *path[1:]) if len(path) > 1 else found


def test_queries_are_those_of_a_build() -> None:
    found = asked(RULE)["rules"][0]
    assert found["match"] is None
    assert (found["title"], found["level"], found["kind"]) == ("Seven Zip to Temp", "high", "rule")
    assert [one["target"] for one in found["targets"]] == list(TARGETS)
    for one in found["targets"]:
        if one["target"] == "logscale":  # whose process starts carry no user
            assert one["status"] == "unsupported"
        else:
            assert one["files"][0]["text"] == query(one["target"], RULE)


def test_a_target_that_cannot_says_why() -> None:
    rule = RULE.replace("        User: 'CORP\\backup'", "        NoSuchField: x")
    found = {one["target"]: one for one in asked(rule)["rules"][0]["targets"]}
    assert found["defender"]["status"] == "unsupported"
    assert "NoSuchField" in found["defender"]["reasons"][0]
    assert found["defender"]["files"] == []
    assert found["duckdb"]["status"] == "ok"


def test_parts_of_a_hit() -> None:
    found = match(RULE, sysmon(**HIT))
    assert found["holds"] is True
    tool = part(found["detections"], "selection_tool")
    assert tool["holds"] is True
    image = part(tool["parts"], "Image|endswith")
    assert [one["holds"] for one in image["parts"]] == [True, False]
    assert image["found"] == [{"field": "Image", "value": r"C:\Tools\7z.exe", "spans": [[8, 15]], "cut": False}]
    command = part(tool["parts"], "CommandLine|contains|all")
    assert [one["holds"] for one in command["parts"]] == [True, True]
    line = command["found"][0]
    assert [line["value"][begin:end] for begin, end in line["spans"]] == [" a ", "\\temp\\"]
    assert part(found["detections"], "filter_main_backup")["holds"] is False


def test_parts_of_a_near_miss() -> None:
    found = match(RULE, sysmon(**{**HIT, "User": r"corp\BACKUP"}))
    assert found["holds"] is False
    assert part(found["detections"], "selection_tool")["holds"] is True
    assert part(found["detections"], "filter_main_backup", "User: CORP\\backup")["holds"] is True
    tree = found["conditions"][0]["tree"]
    assert [(one["text"], one["holds"]) for one in tree["parts"]] == [("1 of selection_*", True), ("not", False)]


def test_alternatives_are_told_apart() -> None:
    found = match(RULE, sysmon(OriginalFileName="7Z.EXE", Description="none"))
    first, second = part(found["detections"], "selection_other")["parts"]
    assert (first["kind"], first["holds"], second["holds"]) == ("alternative", True, False)
    assert part(first["parts"], "Company: null")["holds"] is True
    assert part(first["parts"], "Company: null")["found"] == [
        {"field": "Company", "value": None, "spans": [], "cut": False}
    ]


def test_lines_are_those_of_the_text() -> None:
    lines = RULE.splitlines()
    found = match(RULE, sysmon(**HIT))

    def check(parts: list[dict[str, Any]]) -> None:
        for one in parts:
            words = one["text"].split(": ")[0]
            assert words in lines[one["line"] - 1], one
            check(one["parts"])

    check(found["detections"])
    assert "condition:" in lines[found["conditions"][0]["line"] - 1]
    assert "logsource:" in lines[found["source"]["line"] - 1]


def test_another_log_source_is_no_hit() -> None:
    found = match(RULE, sysmon(11, **HIT))
    assert found["source"] == {
        "asked": "windows / process_creation",
        "found": "windows / file_event / sysmon",
        "holds": False,
        "line": 2,
    }
    assert found["holds"] is False
    assert part(found["detections"], "selection_tool")["holds"] is True


def test_a_plain_event_is_taken_as_fitting() -> None:
    found = match(RULE, json.dumps(HIT))
    assert found["source"]["holds"] is None
    assert found["holds"] is True


def test_a_plain_event_that_names_its_channel_tells_its_log_source() -> None:
    plain = {"Channel": "Security", "EventID": 4688, "NewProcessName": HIT["Image"], **HIT}
    assert (
        match(RULE, json.dumps({**plain, "Image": None}))["source"]["found"] == "windows / process_creation / security"
    )
    assert match(RULE, json.dumps({**plain, "EventID": 4624}))["holds"] is False


def test_names_of_fields_do_not_depend_on_case() -> None:
    assert match(RULE, sysmon(**{name.upper(): value for name, value in HIT.items()}))["holds"] is True


def test_keywords_tell_where_they_are() -> None:
    rule = "title: t\nlogsource: {product: windows}\ndetection:\n  words: [alpha, beta]\n  condition: words\n"
    found = match(rule, sysmon(CommandLine="x ALPHA y"))
    first, second = found["detections"][0]["parts"]
    assert (first["holds"], second["holds"], found["holds"]) == (True, False, True)
    assert first["found"] == [{"field": "CommandLine", "value": "x ALPHA y", "spans": [[2, 7]], "cut": False}]


def test_a_long_value_is_told_around_its_match() -> None:
    value = "x" * 5000 + r" a D:\Temp" + "\\" + "y" * 5000
    line = part(match(RULE, sysmon(CommandLine=value))["detections"], "selection_tool", "CommandLine|contains|all")
    shown = line["found"][0]
    assert shown["cut"] is True
    assert len(shown["value"]) == 600
    assert [shown["value"][begin:end] for begin, end in shown["spans"]] == [" a ", "\\Temp\\"]


def test_a_correlation_has_queries_and_needs_many_events() -> None:
    rule = (
        RULE.replace("title:", "name: base\ntitle:", 1)
        + "---\ntitle: Many\ncorrelation:\n  type: event_count\n  rules: [base]\n  group-by: [User]\n"
        "  timespan: 5m\n  condition: {gte: 5}\n"
    )
    base, joined = asked(rule, sysmon(**HIT))["rules"]
    assert base["match"]["holds"] is True
    assert (joined["kind"], joined["match"]["holds"]) == ("event_count", None)
    assert "many events" in joined["match"]["reason"]
    assert joined["line"] == RULE.count("\n") + 3
    assert all(one["files"] and one["window"] for one in joined["targets"] if one["status"] == "ok")


def test_a_rule_that_cannot_be_asked_says_why() -> None:
    rule = RULE.replace("User: 'CORP\\backup'", "User|expand: '%admins%'")
    found = match(rule, sysmon(**HIT))
    assert found["holds"] is None
    assert "%admins%" in found["reason"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "no rule"),
        ("title: [\n", 2, "not valid YAML"),
        ("title: x\na: 1\na: 2\n", 3, "duplicate key"),
        ("- 1\n- 2\n", 1, "mapping"),
        (RULE.replace("not 1 of filter_main_*", "nothing"), 19, "nothing"),
        (RULE.replace("endswith", "endwith"), 5, "Unknown modifier"),
        (RULE + "x: " + "y" * 65_536, None, "64 kB"),
        ("title: \ud800\n", 1, "half of a character"),
        ("filter: {rules: any, s: {a: b}, condition: s}\ntitle: f\nlogsource: {product: windows}\n", 1, "filter"),
    ],
)
def test_a_wrong_rule_is_told_with_its_line(text: str, line: int | None, words: str) -> None:
    found = asked(text, sysmon(**HIT))
    assert found["rules"] == []
    (problem,) = found["problems"]
    assert (problem["where"], problem["line"]) == ("rule", line)
    assert words in problem["message"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{\n "a": 1,\n}', 3, "not valid JSON"),
        ("[1]", None, "no JSON object"),
        ("\n" + "[" * 1000, 2, "nested deeper"),
        ('{"a": ' + "9" * 5000 + "}", None, "too long"),
        ('{"a": "' + "x" * 262_144 + '"}', None, "256 kB"),
        ('{"Event": {"System": {}}}', None, "not an event"),
        ('{"a": "\ud800"}', 1, "half of a character"),
    ],
)
def test_a_wrong_event_is_told_and_the_rule_converted(text: str, line: int | None, words: str) -> None:
    found = asked(RULE, text)
    (problem,) = found["problems"]
    assert (problem["where"], problem["line"]) == ("event", line)
    assert words in problem["message"]
    assert found["rules"][0]["match"] is None
    assert found["rules"][0]["targets"][0]["files"]


def test_the_first_of_several_events_is_tried() -> None:
    hit, other = sysmon(**HIT), sysmon(Image="x")
    for text in (f"{hit}\n{other}\n", f"[{hit},{other}]"):
        found = asked(RULE, text)
        assert found["event"]["more"] == 1
        assert found["rules"][0]["match"]["holds"] is True


@pytest.mark.parametrize(
    "stem",
    [
        "aws_cloudtrail_snapshot_shared",
        "azure_activitylogs_disk_export",
        "gcp_audit_snapshot_shared",
        "lnx_auditd_archiver_tmp_directory",
        "posh_ps_archive_created",
        "proc_creation_macos_copy_hidden_directory",
        "win_security_share_archive_written",
    ],
)
def test_the_pack_matches_as_its_fixtures_say(stem: str) -> None:
    from stagewatch.fixtures import read_fixtures
    from stagewatch.site.documents import as_text

    (path,) = (ROOT / "sigma").rglob(f"{stem}.yml")
    (fixture,) = read_fixtures(ROOT / "tests/rules" / stem, []).values()
    for case in fixture.cases:
        assert case.matching is not None
        for position, event in list(enumerate(case.events))[:3]:
            found = match(path.read_text(encoding="utf-8"), as_text(event))
            assert found["source"]["holds"] is True
            assert found["holds"] is (position in case.matching), case.labels[position]
            assert any(one["tree"]["holds"] for one in found["conditions"]) is found["holds"]
