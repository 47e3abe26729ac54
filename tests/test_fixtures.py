from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewatch.findings import Finding
from stagewatch.fixtures import Fixture, label, read_fixtures

RULE_ID = "11111111-1111-4111-8111-111111111111"


def event(label: str, record: int = 1) -> str:
    system: dict[str, Any] = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": 1,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00.000000Z"}},
        "EventRecordID": record,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WS-1",
    }
    data = {"RuleName": label} if label else {}
    return json.dumps({"Event": {"System": system, "EventData": {**data, "CommandLine": "x"}}})


def write(folder: Path, tests: str, *labels: str, name: str = "rule") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "events.json").write_text("\n".join(event(text, n) for n, text in enumerate(labels, 1)))
    head = f"id: x\nrule_metadata:\n- id: {RULE_ID}\n  title: A rule\nregression_tests_info:\n"
    (folder / name / "info.yml").write_text(head + tests)


def read(folder: Path) -> tuple[dict[str, Fixture], list[Finding]]:
    findings: list[Finding] = []
    return read_fixtures(folder, findings), findings


def test_a_fixture_is_found_by_the_id_of_its_rule(tmp_path: Path) -> None:
    write(tmp_path, "- {name: all, match_count: 2, path: somewhere/else/events.json}\n", "a", "b")
    fixtures, findings = read(tmp_path)
    assert findings == []
    assert list(fixtures) == [RULE_ID]
    (case,) = fixtures[RULE_ID].cases
    assert (case.name, case.match_count, case.matching) == ("all", 2, frozenset({0, 1}))
    assert [label(one) for one in case.events] == ["a", "b"]


@pytest.mark.parametrize(
    ("keys", "matching"),
    [
        ("match_count: 0", frozenset()),
        ("match_count: 3", frozenset({0, 1, 2})),
        ("match_count: 1", None),
        ("type: evtx", None),
        ("match_count: 1, matches: [b]", frozenset({1})),
    ],
)
def test_which_events_must_match(tmp_path: Path, keys: str, matching: frozenset[int] | None) -> None:
    write(tmp_path, f"- {{name: t, {keys}, path: events.json}}\n", "a", "b", "c")
    fixtures, findings = read(tmp_path)
    assert findings == []
    assert fixtures[RULE_ID].cases[0].matching == matching


def test_labels_stand_for_events_that_do_not_say_what_they_are_about(tmp_path: Path) -> None:
    tests = "- {name: all, match_count: 1, labels: [first, second], matches: [second], path: events.json}\n"
    write(tmp_path, tests, "", "")
    (case,) = read(tmp_path)[0][RULE_ID].cases
    assert (case.labels, case.matching) == (("first", "second"), frozenset({1}))


def test_a_label_too_few_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, "- {name: all, match_count: 2, labels: [first], path: events.json}\n", "", "")
    fixtures, findings = read(tmp_path)
    assert fixtures == {}
    assert "'all' has 1 labels for 2 events" in findings[0].message


def test_what_a_target_cannot_see(tmp_path: Path) -> None:
    write(tmp_path, "- {name: t, match_count: 2, path: events.json, not_seen: {secops: [b]}}\n", "a", "b")
    fixtures, _ = read(tmp_path)
    assert fixtures[RULE_ID].cases[0].not_seen == {"secops": frozenset({1})}


def test_the_groups_of_a_correlation(tmp_path: Path) -> None:
    keys = "groups: [[WS-1, jdoe]], also_found: {qradar: [[WS-2, 7]]}"
    write(tmp_path, f"- {{name: t, {keys}, path: events.json}}\n", "a", "b")
    fixtures, _ = read(tmp_path)
    case = fixtures[RULE_ID].cases[0]
    assert (case.groups, case.also_found) == ((("WS-1", "jdoe"),), {"qradar": (("WS-2", "7"),)})


def test_the_groups_that_a_target_must_report(tmp_path: Path) -> None:
    keys = "groups: [[WS-1], [WS-2]], also_found: {qradar: [[WS-3]]}, not_found: {qradar: [[WS-1]], sumo: [[WS-2]]}"
    write(tmp_path, f"- {{name: t, {keys}, path: events.json}}\n", "a")
    case = read(tmp_path)[0][RULE_ID].cases[0]
    assert case.groups_on("duckdb") == (("WS-1",), ("WS-2",))
    assert case.groups_on("qradar") == (("WS-2",), ("WS-3",))
    assert case.groups_on("sumo") == (("WS-1",),)


def test_the_number_of_rows(tmp_path: Path) -> None:
    write(tmp_path, "- {name: t, groups: [[WS-1]], rows: {duckdb: 2}, path: events.json}\n", "a")
    assert read(tmp_path)[0][RULE_ID].cases[0].rows == {"duckdb": 2}


def test_events_of_an_event_log_are_read_from_the_json_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "- {name: t, match_count: 1, path: regression_data/events.evtx}\n", "")
    fixtures, findings = read(tmp_path)
    assert findings == []
    assert label(fixtures[RULE_ID].cases[0].events[0]) == "record 1"


def test_the_hash_covers_the_events(tmp_path: Path) -> None:
    write(tmp_path / "one", "- {name: t, match_count: 1, path: events.json}\n", "a")
    write(tmp_path / "two", "- {name: t, match_count: 1, path: events.json}\n", "b")
    assert read(tmp_path / "one")[0][RULE_ID].sha256 != read(tmp_path / "two")[0][RULE_ID].sha256


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("- {match_count: 1, path: events.json}\n", "it has no 'name'"),
        ("- {name: t, match_count: 1, path: other.json}\n", "cannot be read: No such file or directory"),
        ("- {name: t, match_count: 1, path: events.json, matches: [z]}\n", "no event is called 'z'"),
        ("- {name: t, match_count: many, path: events.json}\n", "invalid literal"),
        ("- {name: t, path: events.json, not_seen: {dukdb: [a]}}\n", "not_seen names 'dukdb', which is no target"),
        ("- {name: t, path: events.json, also_found: {dukdb: [[]]}}\n", "also_found names 'dukdb', which is no target"),
        ("- {name: t, path: events.json, not_found: {dukdb: [[a]]}}\n", "not_found names 'dukdb', which is no target"),
        ("- {name: t, path: events.json, rows: {dukdb: 1}}\n", "rows names 'dukdb', which is no target"),
        ("- {name: t, path: events.json, rows: {duckdb: two}}\n", "invalid literal"),
        ("- {name: t, path: events.json, rows: [duckdb]}\n", "not a fixture"),
        (
            "- {name: t, path: events.json, groups: [[a]], not_found: {sumo: [[b, c]]}}\n",
            "not_found names b, c, which is none of the groups",
        ),
        ("- 7\n", "not a fixture"),
    ],
)
def test_a_fixture_that_cannot_be_read_is_a_finding(tmp_path: Path, tests: str, message: str) -> None:
    write(tmp_path, tests, "a")
    fixtures, findings = read(tmp_path)
    assert fixtures == {}
    (finding,) = findings
    assert message in str(finding)
    assert str(finding).startswith(f"{tmp_path.name}/rule/info.yml: ")


def test_events_that_are_no_json_are_a_finding(tmp_path: Path) -> None:
    write(tmp_path, "- {name: t, match_count: 1, path: events.json}\n", "a")
    (tmp_path / "rule" / "events.json").write_text('{"Event": ')
    assert "not a fixture" in str(read(tmp_path)[1][0])


def test_two_fixtures_for_one_rule_are_a_finding(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, "- {name: t, match_count: 1, path: events.json}\n", "a", name=name)
    fixtures, findings = read(tmp_path)
    assert fixtures[RULE_ID].path.endswith("one/info.yml")
    assert "has a fixture already" in str(findings[0])
