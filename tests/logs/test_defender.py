"""Defender's advanced-hunting exports, synthetic: CSV of the portal, JSON of the API."""

# ruff: noqa: DTZ001  a time of the event table has no zone

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.logs.reading import fields, kind, lines, read_bytes, reasons

PROCESS = {
    "Timestamp": "2024-05-01T10:00:00.1234567Z",
    "DeviceName": "ws1.corp.example",
    "ActionType": "ProcessCreated",
    "FileName": "cmd.exe",
    "FolderPath": "C:\\Windows\\System32",
    "ProcessCommandLine": 'cmd /c "a, b"',
    "ProcessId": 42,
    "AccountDomain": "corp",
    "AccountName": "u",
    "SHA1": "aa",
    "InitiatingProcessFolderPath": "c:\\windows\\explorer.exe",
    "InitiatingProcessFileName": "explorer.exe",
    "InitiatingProcessCommandLine": "explorer",
    "InitiatingProcessAccountName": "p",
}
NAMED = {
    "Image": "C:\\Windows\\System32\\cmd.exe",
    "CommandLine": 'cmd /c "a, b"',
    "ParentImage": "c:\\windows\\explorer.exe",
    "ParentCommandLine": "explorer",
    "User": "corp\\u",
    "ParentUser": "p",
    "Hashes": "SHA1=aa",
    "Computer": "ws1.corp.example",
}


def _csv(*rows: dict[str, Any], newline: str = "\r\n") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        lines(PROCESS),
        lines({"Results": [PROCESS], "Schema": []}),
        _csv(PROCESS).encode(),
        _csv(PROCESS).encode("utf-8-sig"),
        _csv(PROCESS).encode("utf-16"),
        _csv(PROCESS, newline="\n").encode(),
    ],
    ids=["JSON", "answer of the API", "CSV", "CSV with BOM", "CSV of PowerShell", "CSV with LF"],
)
def test_process_event(tmp_path: Path, data: bytes) -> None:
    rows, account = read_bytes(data, tmp_path)
    assert account.format == "defender"
    assert kind(rows[0]) == ("windows", None, "process_creation")
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10, 0, 0, 123456)
    assert fields(rows[0]) == {**{name: str(value) for name, value in PROCESS.items()}, **NAMED}


def test_file_event(tmp_path: Path) -> None:
    event = {**PROCESS, "ActionType": "FileCreated", "FolderPath": "C:\\x\\a.zip", "FileName": "a.zip"}
    rows, _ = read_bytes(lines(event), tmp_path)
    assert kind(rows[0]) == ("windows", None, "file_event")
    assert (rows[0]["TargetFilename"], rows[0]["Image"], rows[0]["User"]) == (
        "C:\\x\\a.zip",
        "c:\\windows\\explorer.exe",
        "p",
    )


def test_network_registry_and_image_events(tmp_path: Path) -> None:
    frame = {"Timestamp": "2024-05-01T10:00:00Z", "DeviceName": "d", "InitiatingProcessFolderPath": "C:\\i.exe"}
    rows, _ = read_bytes(
        lines(
            {**frame, "ActionType": "ConnectionSuccess", "RemoteIP": "1.2.3.4", "RemotePort": 443, "RemoteUrl": "x.y"},
            {
                **frame,
                "ActionType": "RegistryValueSet",
                "RegistryKey": "HKLM\\A",
                "RegistryValueName": "v",
                "RegistryValueData": "1",
            },
            {**frame, "ActionType": "ImageLoaded", "FolderPath": "C:\\l.dll", "FileName": "l.dll"},
            {**frame, "ActionType": "FileModified", "FolderPath": "/home/u/a", "FileName": "a"},
        ),
        tmp_path,
    )
    assert [row["category"] for row in rows] == ["network_connection", "registry_set", "image_load", None]
    assert [row["product"] for row in rows] == ["windows", "windows", "windows", "linux"]
    assert (rows[0]["DestinationIp"], rows[0]["DestinationPort"], rows[0]["DestinationHostname"]) == (
        "1.2.3.4",
        "443",
        "x.y",
    )
    assert (rows[1]["TargetObject"], rows[1]["Details"]) == ("HKLM\\A\\v", "1")
    assert (rows[2]["ImageLoaded"], rows[2]["Image"]) == ("C:\\l.dll", "C:\\i.exe")
    assert rows[3]["TargetFilename"] == "/home/u/a"


def test_odd_rows_of_a_table_are_counted_and_the_others_read(tmp_path: Path) -> None:
    text = _csv(PROCESS) + "one,two\r\n" + _csv(PROCESS).split("\r\n", 1)[1]
    rows, account = read_bytes(text.encode(), tmp_path)
    assert len(rows) == 2
    assert reasons(account) == ["a row with fewer or more values than the table has columns"]
