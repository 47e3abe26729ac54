"""Result logs of osquery, synthetic: the tables of Endpoint Security are events of macOS."""

# ruff: noqa: DTZ001  a time of the event table has no zone

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from stagewatch.telemetry import duckdb
from tests.logs.reading import fields, kind, lines, read_bytes
from tests.telemetry.natives import MAC_FILE, MAC_PROCESS

COLUMNS = {
    "event_type": "exec",
    "path": "/usr/bin/tar",
    "cmdline": 'tar czf "/tmp/o 1.tgz" /Users/jdoe ',
    "cwd": "/Users/jdoe",
    "username": "jdoe",
    "uid": "501",
    "pid": "4000",
    "parent": "2000",
    "exit_code": "",
    "time": "1714557600",
}
LINE = {
    "name": "pack_endpoint_processes",
    "hostIdentifier": "mac-3.local",
    "calendarTime": "Wed May  1 10:01:00 2024 UTC",
    "unixTime": 1714557660,
    "columns": COLUMNS,
    "action": "added",
}
PROCESS = ("macos", None, "process_creation")


def changed(**columns: str) -> dict[str, Any]:
    return {**LINE, "columns": {**COLUMNS, **columns}}


def test_a_process_start(tmp_path: Path) -> None:
    rows, account = read_bytes(lines(LINE), tmp_path)
    assert account.format == "osquery"
    assert kind(rows[0]) == PROCESS
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10, 0)
    own = {name: value for name, value in COLUMNS.items() if value}
    assert fields(rows[0]) == {
        **own,
        "Image": "/usr/bin/tar",
        "CommandLine": 'tar czf "/tmp/o 1.tgz" /Users/jdoe',
        "CurrentDirectory": "/Users/jdoe",
        "User": "jdoe",
        "ProcessId": "4000",
        "ParentProcessId": "2000",
        "Computer": "mac-3.local",
    }


def test_a_parent_that_the_query_joins_in(tmp_path: Path) -> None:
    rows, _ = read_bytes(lines(changed(parent_path="/bin/zsh", parent_cmdline="-zsh")), tmp_path)
    assert (rows[0]["ParentImage"], rows[0]["ParentCommandLine"]) == ("/bin/zsh", "-zsh")


def test_without_a_time_of_its_own_an_event_has_that_of_the_log(tmp_path: Path) -> None:
    rows, _ = read_bytes(lines(changed(time="")), tmp_path)
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10, 1)


FILE = {
    "path": "/usr/bin/tar",
    "filename": "/Users/Shared/o.tgz",
    "dest_filename": "",
    "cmdline": "",
    "event_type": "create",
}


def test_a_file_that_is_created(tmp_path: Path) -> None:
    rows, _ = read_bytes(lines(changed(**FILE)), tmp_path)
    assert kind(rows[0]) == ("macos", None, "file_event")
    assert (rows[0]["TargetFilename"], rows[0]["Image"]) == ("/Users/Shared/o.tgz", "/usr/bin/tar")


def test_a_file_that_is_renamed_has_both_names(tmp_path: Path) -> None:
    rows, _ = read_bytes(
        lines(changed(**{**FILE, "event_type": "rename", "dest_filename": "/Users/Shared/.x"})), tmp_path
    )
    assert kind(rows[0]) == ("macos", None, "file_rename")
    assert (rows[0]["SourceFilename"], rows[0]["TargetFilename"]) == ("/Users/Shared/o.tgz", "/Users/Shared/.x")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (changed(event_type="fork"), ("macos", None, None)),
        (changed(event_type="exit"), ("macos", None, "process_termination")),
        (changed(**{**FILE, "event_type": "write"}), ("macos", None, None)),
        (changed(event_type=""), (None, None, None)),
        ({**LINE, "action": "removed"}, (None, None, None)),
        ({**LINE, "columns": {"name": "osqueryd", "path": "/opt/osqueryd", "pid": "7"}}, (None, None, None)),
    ],
    ids=["fork", "exit", "write", "no event_type", "gone", "another table"],
)
def test_what_is_no_start_of_a_process(
    tmp_path: Path, line: dict[str, Any], expected: tuple[str | None, str | None, str | None]
) -> None:
    rows, account = read_bytes(lines(line), tmp_path)
    assert [kind(row) for row in rows] == [expected]
    assert not account.problems


FRAME = {name: value for name, value in LINE.items() if name not in ("columns", "action")}


@pytest.mark.parametrize(
    "document",
    [
        {**FRAME, "diffResults": {"added": [COLUMNS, COLUMNS], "removed": []}},
        {**FRAME, "snapshot": [COLUMNS, COLUMNS], "action": "snapshot"},
    ],
    ids=["batch", "snapshot"],
)
def test_several_rows_in_a_line(tmp_path: Path, document: dict[str, Any]) -> None:
    rows, account = read_bytes(lines(document), tmp_path)
    assert [kind(row) for row in rows] == [PROCESS, PROCESS]
    assert account.format == "osquery"


def test_in_an_export_of_splunk(tmp_path: Path) -> None:
    rows, _ = read_bytes(lines({"result": {"_raw": json.dumps(LINE), "sourcetype": "osquery:results"}}), tmp_path)
    assert (kind(rows[0]), rows[0]["Image"]) == (PROCESS, "/usr/bin/tar")


@pytest.mark.parametrize("native", [MAC_PROCESS, MAC_FILE], ids=lambda native: native.channel)
def test_a_row_has_the_fields_that_the_proof_of_sql_has(tmp_path: Path, native: Any) -> None:
    """Of the same event: the readers and the telemetry of DuckDB know nothing of each other."""
    line = {**LINE, "hostIdentifier": native.computer, "columns": dict(native.data)}
    (row,), _ = read_bytes(lines(line), tmp_path)
    (event,) = duckdb.events(native)
    expected = {name: value for name, value in event.record.items() if name not in ("Provider_Name", "origin")}
    assert {name: row[name] for name in expected} == expected
