from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stagewatch.languages.base import Value
from stagewatch.telemetry.logscale import EXTENSIONS, SCHEMA, events, file_event
from stagewatch.telemetry.native import Native
from tests.telemetry.natives import (
    ACCESS,
    DELETED,
    ENDED,
    FILE,
    LINUX_DELETED,
    LINUX_FILE,
    LINUX_PROCESS,
    NEW_PROCESS,
    PROCESS,
    SCRIPT_BLOCK,
    SHARE,
    SHARED_FILE,
)

WINDOWS: dict[str, Value] = {
    "#repo": "base_sensor",
    "event_platform": "Win",
    "aid": "6fd57adfca2c569db7c83166a0131745",
    "ComputerName": "WS-1",
    "timestamp": "1795251600123",
}
LINUX: dict[str, Value] = {
    "#repo": "base_sensor",
    "event_platform": "Lin",
    "aid": "8c863bff71bb599b83ab3addbd9faba9",
    "ComputerName": "Srv-2.corp.example",
    "timestamp": "1795251600123",
}
WRITER = "3297709310463424"
LINUX_WRITER = "315141417164624"


def told(native: Native) -> dict[str, Value]:
    """The record of the one event for a native event."""
    (event,) = events(native)
    assert (event.time, event.source) == (native.time, event.record["#event_simpleName"])
    return dict(event.record)


def test_a_process_on_windows() -> None:
    assert told(PROCESS) == {
        **WINDOWS,
        "#event_simpleName": "ProcessRollup2",
        "ImageFileName": "\\Device\\HarddiskVolume3\\Windows\\System32\\Robocopy.exe",
        "FilePath": "\\Device\\HarddiskVolume3\\Windows\\System32\\",
        "FileName": "Robocopy.exe",
        "CommandLine": '"C:\\Windows\\system32\\Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
        "ParentBaseFileName": "Pwsh.exe",
        "UserName": "JDoe",
        "IntegrityLevel": "8192",
        "AuthenticationId": "201804",
        "RawProcessId": "4000",
        "TargetProcessId": WRITER,
        "ParentProcessId": "3755797818649027",
        "SourceProcessId": "3755797818649027",
        "ProcessStartTime": "1795251600.123",
        "MD5HashData": "0b0b",
        "SHA256HashData": "0c0c",
        "SHA1HashData": "0" * 40,
    }


def test_a_file_on_windows() -> None:
    assert told(FILE) == {
        **WINDOWS,
        "#event_simpleName": "MSDocxFileWritten",
        "TargetFileName": "\\Device\\HarddiskVolume3\\Windows\\Temp\\Annual Report.DOCX",
        "FilePath": "\\Device\\HarddiskVolume3\\Windows\\Temp\\",
        "FileName": "Annual Report.DOCX",
        "ContextBaseFileName": "Robocopy.exe",
        "ContextProcessId": WRITER,
        "ContextTimeStamp": "1795251600.123",
    }


def test_a_deleted_file() -> None:
    written = told(FILE)
    assert told(DELETED) == {**written, "#event_simpleName": "FileDeleteInfo"}
    assert told(LINUX_DELETED)["#event_simpleName"] == "FileDeleteInfo"


def test_a_process_on_linux() -> None:
    assert told(LINUX_PROCESS) == {
        **LINUX,
        "#event_simpleName": "ProcessRollup2",
        "ImageFileName": "/usr/bin/Tar",
        "FilePath": "/usr/bin/",
        "FileName": "Tar",
        "CommandLine": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
        "ParentBaseFileName": "Bash",
        "UserName": "JDoe",
        "RawProcessId": "4000",
        "TargetProcessId": LINUX_WRITER,
        "ParentProcessId": "4304685357729945",
        "SourceProcessId": "4304685357729945",
        "ProcessStartTime": "1795251600.123",
        "SHA1HashData": "0" * 40,
    }


def test_a_file_on_linux() -> None:
    assert told(LINUX_FILE) == {
        **LINUX,
        "#event_simpleName": "GzipFileWritten",
        "TargetFileName": "/srv/.x/O.tgz",
        "FilePath": "/srv/.x/",
        "FileName": "O.tgz",
        "ContextBaseFileName": "Tar",
        "ContextProcessId": LINUX_WRITER,
        "ContextTimeStamp": "1795251600.123",
    }


def test_a_script() -> None:
    """PowerShell's log names no process, so there is none here."""
    assert told(SCRIPT_BLOCK) == {
        **WINDOWS,
        "#event_simpleName": "ScriptControlScanTelemetry",
        "ScriptContent": 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a<$b) { & $c }',
        "ScriptingLanguageId": "2",
        "OriginalContentLength": "64",
        "ContextTimeStamp": "1795251600.123",
    }


def test_the_raw_text_is_the_record_of_the_data_replicator() -> None:
    (event,) = events(LINUX_FILE)
    record = json.loads(event.raw)
    assert record["event_simpleName"] == "GzipFileWritten"
    assert record["TargetFileName"] == "/srv/.x/O.tgz"
    assert "#event_simpleName" not in record


def with_data(native: Native, **data: str) -> Native:
    return replace(native, data={**native.data, **data})


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("d:\\a.exe", "\\Device\\HarddiskVolume4\\a.exe"),
        ("\\\\?\\C:\\a.exe", "\\Device\\HarddiskVolume3\\a.exe"),
        ("\\\\fs01\\tools\\a.exe", "\\Device\\Mup\\fs01\\tools\\a.exe"),
        ("System", "System"),
    ],
)
def test_paths_are_those_of_devices(image: str, expected: str) -> None:
    assert told(with_data(PROCESS, Image=image))["ImageFileName"] == expected


def test_accounts_of_windows_itself_have_their_sids() -> None:
    record = told(with_data(PROCESS, User="NT AUTHORITY\\SYSTEM", IntegrityLevel="System", LogonId="0x3e7"))
    assert (record["UserName"], record["UserSid"]) == ("SYSTEM", "S-1-5-18")
    assert (record["IntegrityLevel"], record["AuthenticationId"]) == ("16384", "999")
    assert told(with_data(FILE, User="NT AUTHORITY\\SYSTEM"))["FileOperatorSid"] == "S-1-5-18"


def test_what_sysmon_does_not_know_is_left_out() -> None:
    record = told(with_data(PROCESS, ParentImage="-", Hashes="-", User="-", CommandLine="-"))
    assert not {"ParentBaseFileName", "MD5HashData", "SHA256HashData", "UserName", "CommandLine"} & set(record)


def test_the_writer_of_an_executable_is_told_with_its_path() -> None:
    record = told(with_data(FILE, TargetFilename="C:\\a.dll"))
    assert record["#event_simpleName"] == "NewExecutableWritten"
    assert record["ContextImageFileName"] == "\\Device\\HarddiskVolume3\\Windows\\System32\\Robocopy.exe"
    assert "ContextImageFileName" not in told(with_data(LINUX_FILE, TargetFilename="/a.sh"))


@pytest.mark.parametrize(
    ("path", "platform", "expected"),
    [
        ("C:\\a.zip", "Win", "ZipFileWritten"),
        ("C:\\a.ZIPX", "Win", "ZipFileWritten"),
        ("C:\\a.tar.gz", "Win", "GzipFileWritten"),
        ("C:\\a.7z.001", "Win", "SevenZipFileWritten"),
        ("C:\\a.7z.002", "Win", None),
        ("C:\\a.z01", "Win", "ZipFileWritten"),
        ("C:\\a.r17", "Win", "RarFileWritten"),
        ("C:\\a.iso", "Win", "IsoExtensionFileWritten"),
        ("/a.iso", "Lin", None),
        ("/a.py", "Lin", None),
        ("C:\\a.pst", "Win", None),
        ("C:\\a.txt", "Win", None),
        ("C:\\a.csv", "Win", None),
        ("C:\\zip", "Win", None),
        ("/srv/.zip", "Lin", None),
        ("/srv/x.zip/a", "Lin", None),
        ("", "Win", None),
    ],
)
def test_files_have_an_event_by_their_type(path: str, platform: str, expected: str | None) -> None:
    assert file_event(path, platform) == expected


def test_a_file_of_another_type_has_no_event() -> None:
    assert events(with_data(FILE, TargetFilename="C:\\Windows\\Temp\\a.csv")) == []


def test_the_end_of_a_process_has_no_event() -> None:
    assert events(ENDED) == []


@pytest.mark.parametrize("native", [NEW_PROCESS, SHARE, SHARED_FILE, ACCESS], ids=lambda native: str(native.event_id))
def test_the_sensor_reads_no_security_log(native: Native) -> None:
    assert events(native) == []


@pytest.mark.parametrize("native", [PROCESS, FILE, DELETED, LINUX_PROCESS, LINUX_FILE, LINUX_DELETED, SCRIPT_BLOCK])
def test_every_field_is_in_the_schema(native: Native) -> None:
    (event,) = events(native)
    assert {name for name in event.record if not name.startswith("#")} <= set(SCHEMA[event.source])


def test_every_type_of_file_is_in_the_schema() -> None:
    assert set(EXTENSIONS.values()) <= set(SCHEMA)
