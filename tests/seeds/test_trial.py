"""The machinery of the comparison, on short queries of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stagewatch.telemetry.native import SYSMON, Native
from tests.seeds.public import PublicPage
from tests.seeds.trial import END, ask, ask_case, lacks, ours, refused, singles, together

START = datetime(2026, 1, 2, tzinfo=UTC)


def copied(command: str, hours: int = 0) -> Native:
    data = {"Image": "C:\\Windows\\System32\\xcopy.exe", "CommandLine": command, "User": "CORP\\jdoe"}
    return Native(SYSMON, 1, "", "host", START + timedelta(hours=hours), 1, data)


def created(path: str, hours: int = 0) -> Native:
    data = {"Image": "C:\\a.exe", "TargetFilename": path, "ProcessGuid": "g"}
    return Native(SYSMON, 11, "", "host", START + timedelta(hours=hours), 1, data)


EVENTS = [copied("xcopy a b"), copied("xcopy c d", hours=300), created("C:\\x.zip")]

UNION = """\
let Counted = DeviceFileEvents | summarize FileCount = count() by FolderPath | where FileCount >= 2;
let Copied = DeviceProcessEvents | where Timestamp > ago(24h) | where ProcessCommandLine has "d" | project Timestamp;
union Copied, Counted"""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('DeviceProcessEvents | where ProcessCommandLine has "d"', {1}),
        ("DeviceProcessEvents | where Timestamp > ago(24h) | project Timestamp", {0, 1}),
        ('DeviceFileEvents | where FolderPath endswith ".zip"', {2}),
        ("DeviceProcessEvents | summarize by Timestamp", {0, 1}),
        (UNION, {1}),
    ],
)
def test_each_event_is_told_from_the_others(query: str, found: set[int]) -> None:
    assert ask(query, singles(EVENTS, "defender"), "defender").found == found


def test_a_refused_query_finds_nothing_and_says_why() -> None:
    answer = ask("DeviceFileEvents | where AccountName == 'x'", singles(EVENTS, "defender"), "defender")
    assert not answer.compiles
    assert "AccountName" in answer.problems[0]
    assert answer.found == frozenset()


def test_events_that_were_counted_together_are_not_taken_for_single_ones() -> None:
    twice = singles([created("C:\\x"), created("C:\\x")], "defender")
    with pytest.raises(ValueError, match="counted together"):
        ask(UNION, twice, "defender")


def test_a_case_keeps_its_distances_and_ends_at_the_clock() -> None:
    [first], [last] = ([one for one in held if one.source == "DeviceFileEvents"] for held in together(
        [created("C:\\x"), created("C:\\y", hours=30)], "defender"
    ))  # fmt: skip
    assert last.time == END
    assert last.time - first.time == timedelta(hours=30)


def test_a_case_may_be_counted() -> None:
    case = together([created("C:\\x"), created("C:\\x", hours=2)], "defender")
    assert len(ask_case(UNION, case, "defender").rows) == 1
    assert ask_case(UNION, case[:1], "defender").rows == ()


def test_lacking_columns_are_those_that_the_answer_does_not_have() -> None:
    query = "DeviceFileEvents | project Timestamp, FileName"
    assert lacks(query, ["Timestamp", "ReportId", "FileName"], "defender") == ("ReportId",)


def test_our_queries_are_those_of_dist() -> None:
    query = ours("file_event_win_susp_archive_in_staging_directory", "defender")
    assert refused(query, "defender") == ()
    assert ask(
        query, singles([created("C:\\PerfLogs\\x.zip"), created("D:\\y\\x.zip")], "defender"), "defender"
    ).found == {0}


def test_a_repair_of_another_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.seeds.public._query", lambda _: "T | where a == 1")
    page = PublicPage("T1", "x.txt", "", {"defender": (("a ==", "b =="),), "sentinel": (("c", "d"),)})
    assert page.repaired("defender") == "T | where b == 1"
    assert page.repaired("splunk") is None
    with pytest.raises(ValueError, match="is it another page"):
        replace(page, technique="T2").repaired("sentinel")
