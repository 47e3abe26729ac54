"""The report as CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from stagewatch.hunt import report_csv
from stagewatch.hunt.results import Report
from tests.hunt.samples import ARCHIVER, BULK, COPY, HOSTILE, SEQUENCE, a_report, an_empty_report, hit


def written(report: Report) -> str:
    out = io.StringIO(newline="")
    report_csv.write(report, out)
    return out.getvalue()


def lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(report), newline=""), strict=True))


def test_the_columns_are_these() -> None:
    assert written(an_empty_report()) == "time,level,rule,title,host,user,source,origin,position,burst,matched\r\n"


def test_a_hit_is_a_line() -> None:
    report = a_report([hit(ARCHIVER, 0, position=7, Image='a "b".exe')])
    assert written(report).splitlines()[1] == (
        f"2026-03-04T08:55:12.345000Z,high,{ARCHIVER.stem},{ARCHIVER.title},WS-0417,CORP\\a.lindqvist,"
        "windows/sysmon/process_creation,evidence/WS-0417/Sysmon.evtx,7,,"
        '"{""Image"": ""a \\""b\\"".exe""}"'
    )


def test_members_of_bursts_follow_with_the_level_of_their_correlation() -> None:
    members = [line for line in lines(a_report()) if line["burst"]]
    assert [line["burst"] for line in members] == [f"{BULK.stem}#1"] * 6 + [f"{SEQUENCE.stem}#2"] * 2
    assert {line["level"] for line in members[:6]} == {"critical"}
    assert [line["rule"] for line in members[6:]] == [COPY.stem, ARCHIVER.stem]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"])
def test_what_a_spreadsheet_would_take_for_a_formula_has_an_apostrophe(value: str) -> None:
    line = lines(a_report([hit(ARCHIVER, 0, value, value, value)]))[0]
    for column in ("host", "user", "origin"):
        assert line[column].startswith("'")
    assert not line["matched"].startswith(report_csv.FORMULA)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_in_its_record_on_one_line_that_utf_8_can_hold(value: str) -> None:
    text = written(a_report([hit(ARCHIVER, 0, value, value, value, 0, **{value: value})]))
    _, line, rest = text.split("\r\n")
    assert rest == ""
    assert line.isprintable()
    line.encode()
    assert len(next(csv.reader([line], strict=True))) == len(report_csv.COLUMNS)


@pytest.mark.parametrize("value", [*HOSTILE, "\U000e0041 \x9b", "\\ud800 \\"])
def test_matched_gives_each_value_as_it_was(value: str) -> None:
    line = lines(a_report([hit(ARCHIVER, 0, Field=value)]))[0]
    assert json.loads(line["matched"]) == {"Field": value}


def test_what_is_not_known_is_empty() -> None:
    line = lines(a_report([hit(COPY, None, None, None)]))[0]
    assert line["time"] == line["host"] == line["user"] == ""
