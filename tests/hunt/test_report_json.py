"""The report as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from stagewatch import __version__
from stagewatch.hunt import report_json
from stagewatch.hunt.results import Hit, Report
from tests.hunt.samples import (
    ARCHIVER,
    BULK,
    COPY,
    HOSTILE,
    SEQUENCE,
    a_report,
    an_empty_report,
    hit,
    some_hits,
)


def written(report: Report) -> str:
    out = io.StringIO()
    report_json.write(report, out)
    return out.getvalue()


def document(report: Report) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(written(report))
    return read


def test_keys_are_sorted_throughout() -> None:
    def sorted_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert [key for key, _ in pairs] == sorted(key for key, _ in pairs)
        return dict(pairs)

    json.loads(written(a_report()), object_pairs_hook=sorted_pairs)


def test_the_documented_keys_are_those_of_the_document() -> None:
    documented = {line.split("``")[1] for line in (report_json.__doc__ or "").splitlines() if line.startswith("``")}
    assert set(document(a_report())) == documented | {"until"}


def test_a_hit_tells_everything() -> None:
    one = hit(ARCHIVER, 0, user=None, position=7, Image="a.exe")
    assert document(a_report([one]))["hits"] == [
        {
            "host": "WS-0417",
            "level": "high",
            "matched": {"Image": "a.exe"},
            "origin": "evidence/WS-0417/Sysmon.evtx",
            "position": 7,
            "rule": ARCHIVER.stem,
            "source": "windows/sysmon/process_creation",
            "time": "2026-03-04T08:55:12.345000Z",
            "user": None,
        }
    ]


def test_a_hit_without_a_time_has_null() -> None:
    assert document(a_report([hit(COPY, None)]))["hits"][0]["time"] is None


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_comes_back_as_it_was_and_the_document_is_plain_ascii(value: str) -> None:
    report = a_report([hit(ARCHIVER, 0, value, value, value, 0, **{value: value})])
    one = document(report)["hits"][0]
    assert (one["host"], one["user"], one["origin"], one["matched"]) == (value, value, value, {value: value})
    assert written(report).isascii()


def test_bursts_hold_their_group_and_their_members() -> None:
    bulk, sequence = document(a_report())["bursts"]
    assert (bulk["rule"], bulk["level"], bulk["count"], bulk["total"]) == (BULK.stem, "critical", 14, 14)
    assert len(bulk["members"]) == 6
    assert bulk["keys"]["Computer"] == bulk["host"] == "WS-0417"
    assert [member["rule"] for member in sequence["members"]] == [COPY.stem, ARCHIVER.stem]
    assert sequence["rule"] == SEQUENCE.stem


def test_the_account_names_every_file_with_what_was_not_understood() -> None:
    account = document(a_report())["account"]
    assert account["events"] == 190838
    assert account["kinds"]["other"] == 3
    assert [file["state"] for file in account["files"]] == [
        "read", "read", "torn", "damaged", "encrypted", "locked", "empty", "unknown",
    ]  # fmt: skip
    assert account["files"][1]["problems"] == [
        {"reason": "a line with too many columns", "count": 4, "first": "line 812"}
    ]


def test_totals_rules_and_what_was_asked_are_told() -> None:
    read = document(a_report())
    assert read["totals"] == {
        "hits": 22, "bursts": 2, "events": 190838, "dismissed": 1320, "worst": "critical",
        "levels": {"informational": 0, "low": 4, "medium": 6, "high": 13, "critical": 1},
    }  # fmt: skip
    assert (read["since"], read["until"]) == ("2026-03-01T00:00:00.000000Z", "2026-03-31T23:59:59.000000Z")
    assert read["rules"][BULK.stem]["seconds"] == 600
    assert read["not_asked"][0]["line"] == 12
    assert read["stagewatch"] == __version__


def test_nothing_found_is_a_whole_document() -> None:
    read = document(an_empty_report())
    assert read["hits"] == read["bursts"] == read["counts"] == []
    assert read["totals"]["worst"] is None


def test_hits_are_written_while_they_come() -> None:
    out = io.StringIO()
    report = a_report()
    lengths: list[int] = []

    def hits() -> Iterator[Hit]:
        for one in some_hits():
            lengths.append(len(out.getvalue()))
            yield one

    report.hits = hits
    report_json.write(report, out)
    assert lengths == sorted(set(lengths))
