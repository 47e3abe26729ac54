"""What each platform holds of a row of osquery: its own sight of the same start of a program or creation of a file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import Telemetry, defender, duckdb, elastic, load_telemetry, logscale, osquery, secops
from stagewatch.telemetry.native import OSQUERY, Native, read_natives
from tests.telemetry.natives import MAC_FILE, MAC_PROCESS, PROCESS, TIME

PARENTS = {"parent_path": "/bin/Zsh", "parent_cmdline": "-zsh "}
COMMAND_LINE = "tar czf /tmp/o.tgz /Users/jdoe"


def changed(native: Native, **data: str) -> Native:
    return replace(native, data={**native.data, **data})


CHILD = changed(MAC_PROCESS, **PARENTS)


def one(found: list[Event]) -> Event:
    (event,) = found
    return event


def test_a_row_in_the_frame_of_an_event_log_is_read() -> None:
    system = {
        "Provider": {"#attributes": {"Name": "osquery"}},
        "EventID": 1,
        "Channel": "es_process_events",
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00.123456Z"}},
        "EventRecordID": 12,
        "Computer": "mac-3.local",
    }
    document = {"Event": {"System": system, "EventData": dict(MAC_PROCESS.data)}}
    assert list(read_natives(json.dumps(document))) == [MAC_PROCESS]


@pytest.mark.parametrize(
    ("native", "happened"),
    [
        (MAC_PROCESS, osquery.STARTED),
        (changed(MAC_PROCESS, event_type="exit"), osquery.ENDED),
        (MAC_FILE, osquery.CREATED),
        (changed(MAC_FILE, event_type="truncate"), osquery.CHANGED),
        (changed(MAC_PROCESS, event_type="create"), 0),
        (replace(MAC_PROCESS, channel="processes"), 0),
    ],
)
def test_table_and_type_tell_what_happened(native: Native, happened: int) -> None:
    assert osquery.told(native).event_id == happened


def test_fields_are_called_as_sigma_calls_them() -> None:
    assert osquery.told(CHILD).data == {
        "Image": "/usr/bin/tar",
        "CommandLine": COMMAND_LINE,
        "CurrentDirectory": "/Users/jdoe",
        "User": "jdoe",
        "ProcessId": "4000",
        "ParentProcessId": "2000",
        "ParentImage": "/bin/Zsh",
        "ParentCommandLine": "-zsh",
    }
    assert osquery.told(changed(MAC_PROCESS, cwd="")).data.keys() == osquery.told(MAC_PROCESS).data.keys() - {
        "CurrentDirectory"
    }


def test_one_blank_behind_a_command_line_is_none_of_it() -> None:
    assert osquery.told(changed(MAC_PROCESS, cmdline="ls  ")).data["CommandLine"] == "ls "


def test_the_process_of_a_fork_is_the_child() -> None:
    data = osquery.told(changed(MAC_PROCESS, event_type="fork", child_pid="4001")).data
    assert (data["ProcessId"], data["ParentProcessId"], data["ParentImage"]) == ("4001", "4000", "/usr/bin/tar")


def test_the_file_of_a_rename_is_the_new_one() -> None:
    data = osquery.told(changed(MAC_FILE, event_type="rename", dest_filename="/Users/Shared/.x")).data
    assert (data["SourceFilename"], data["TargetFilename"]) == (MAC_FILE.data["filename"], "/Users/Shared/.x")


def test_a_row_of_the_event_table() -> None:
    found = one(duckdb.events(CHILD))
    assert (found.time, found.source) == (TIME, "events")
    assert found.record == {
        **duckdb.sigma_fields(CHILD),
        "product": "macos",
        "category": "process_creation",
        "service": None,
        "origin": "es_process_events",
    }
    assert duckdb.sigma_fields(CHILD) == {
        "Computer": "mac-3.local",
        "Provider_Name": OSQUERY,
        **osquery.told(CHILD).data,
    }


def test_sigma_fields_of_sysmon_are_its_own() -> None:
    found = duckdb.sigma_fields(PROCESS)
    assert (found["Image"], found["Product"], found["EventID"]) == (
        PROCESS.data["Image"],
        PROCESS.data["Product"],
        "1",
    )


@pytest.mark.parametrize(
    ("native", "category"),
    [
        (MAC_FILE, "file_event"),
        (changed(MAC_FILE, event_type="rename", dest_filename="/a"), "file_rename"),
        (changed(MAC_FILE, event_type="write"), None),
        (changed(MAC_PROCESS, event_type="fork"), None),
    ],
)
def test_categories_of_the_event_table(native: Native, category: str | None) -> None:
    found = one(duckdb.events(native)).record
    assert (found["product"], found["category"]) == ("macos", category)


def test_a_process_in_defender() -> None:
    process, device = defender.events(CHILD)
    shared: dict[str, Value] = {
        name: device.record[name] for name in ("Timestamp", "DeviceId", "DeviceName", "ReportId")
    }
    assert process.source == "DeviceProcessEvents"
    assert process.record == {
        **shared,
        "ActionType": "ProcessCreated",
        "FolderPath": "/usr/bin/tar",
        "FileName": "tar",
        "ProcessCommandLine": COMMAND_LINE,
        "ProcessId": 4000,
        "ProcessCreationTime": TIME,
        "AccountDomain": "mac-3.local",
        "AccountName": "jdoe",
        "InitiatingProcessId": 2000,
        "InitiatingProcessFileName": "Zsh",
        "InitiatingProcessFolderPath": "/bin/Zsh",
        "InitiatingProcessCommandLine": "-zsh",
    }
    assert (device.source, device.record["OSPlatform"]) == ("DeviceInfo", "macOS")


def test_a_parent_that_no_query_joins_in_is_known_by_its_number_alone() -> None:
    process, _ = defender.events(MAC_PROCESS)
    assert process.record["InitiatingProcessId"] == 2000
    assert "InitiatingProcessFolderPath" not in process.record


@pytest.mark.parametrize(
    ("data", "action", "path", "previous"),
    [
        ({}, "FileCreated", MAC_FILE.data["filename"], None),
        ({"event_type": "write"}, "FileModified", MAC_FILE.data["filename"], None),
        ({"event_type": "rename", "dest_filename": "/a/b"}, "FileRenamed", "/a/b", MAC_FILE.data["filename"]),
    ],
)
def test_files_in_defender(data: dict[str, str], action: str, path: str, previous: str | None) -> None:
    file, _ = defender.events(changed(MAC_FILE, **data))
    assert file.source == "DeviceFileEvents"
    assert (file.record["ActionType"], file.record["FolderPath"]) == (action, path)
    assert file.record.get("PreviousFolderPath") == previous
    assert file.record["InitiatingProcessFolderPath"] == "/usr/bin/Tar"
    assert "InitiatingProcessAccountName" not in file.record


def test_an_exec_in_elastic() -> None:
    found = one(elastic.events(CHILD))
    assert found.source == "logs-endpoint.events.process-default"
    record = {name: value for name, value in found.record.items() if name.startswith(("process", "user", "event.act"))}
    assert record == {
        "event.action": "exec",
        "process.args": ["tar", "czf", *COMMAND_LINE.split()[2:]],
        "process.args_count": 4,
        "process.command_line": COMMAND_LINE,
        "process.executable": "/usr/bin/tar",
        "process.name": "tar",
        "process.parent.executable": "/bin/Zsh",
        "process.parent.name": "Zsh",
        "process.parent.pid": 2000,
        "process.pid": 4000,
        "user.name": "jdoe",
    }
    assert (found.record["host.os.type"], found.record["event.type"]) == ("macos", ["start"])


def test_a_fork_in_elastic_is_a_start_of_another_action() -> None:
    record = one(elastic.events(changed(MAC_PROCESS, event_type="fork", child_pid="4001"))).record
    assert (record["event.action"], record["event.type"], record["process.pid"]) == ("fork", ["start"], 4001)


def test_elastic_has_no_creation_of_a_file_on_macos() -> None:
    assert elastic.events(MAC_FILE) == []


def test_a_process_in_secops() -> None:
    record = one(secops.events(CHILD)).record
    assert {name: value for name, value in record.items() if not name.startswith("metadata.event_timestamp")} == {
        "metadata.event_type": "PROCESS_LAUNCH",
        "metadata.log_type": "OSQUERY_EDR",
        "principal.asset.hostname": "mac-3.local",
        "principal.hostname": "mac-3.local",
        "principal.platform": "MAC",
        "principal.process.command_line": "-zsh",
        "principal.process.file.full_path": "/bin/Zsh",
        "principal.process.pid": "2000",
        "principal.user.userid": "jdoe",
        "target.process.command_line": COMMAND_LINE,
        "target.process.file.full_path": "/usr/bin/tar",
        "target.process.pid": "4000",
    }


@pytest.mark.parametrize(
    ("data", "kind"),
    [({}, "FILE_CREATION"), ({"event_type": "write"}, "FILE_MODIFICATION"), ({"event_type": "rename"}, "FILE_MOVE")],
)
def test_files_in_secops(data: dict[str, str], kind: str) -> None:
    record = one(secops.events(changed(MAC_FILE, **{"dest_filename": "/a/b", **data}))).record
    assert record["metadata.event_type"] == kind
    assert record["target.file.full_path"] == ("/a/b" if kind == "FILE_MOVE" else MAC_FILE.data["filename"])
    assert record["principal.process.file.full_path"] == "/usr/bin/Tar"


def test_a_process_in_logscale() -> None:
    found = one(logscale.events(CHILD))
    wanted = {
        "event_platform": "Mac",
        "ImageFileName": "/usr/bin/tar",
        "FilePath": "/usr/bin/",
        "FileName": "tar",
        "CommandLine": COMMAND_LINE,
        "ParentBaseFileName": "Zsh",
        "UserName": "jdoe",
        "RawProcessId": "4000",
        "ComputerName": "mac-3.local",
    }
    assert found.source == "ProcessRollup2"
    assert {name: found.record.get(name) for name in wanted} == wanted


def test_an_archive_in_logscale() -> None:
    found = one(logscale.events(MAC_FILE))
    assert found.source == "GzipFileWritten"
    assert (found.record["event_platform"], found.record["TargetFileName"]) == ("Mac", MAC_FILE.data["filename"])


@pytest.mark.parametrize("data", [{"event_type": "fork"}, {"event_type": "exit"}])
def test_falcon_reports_neither_forks_nor_ends_here(data: dict[str, str]) -> None:
    assert logscale.events(changed(MAC_PROCESS, **data)) == []


KNOWING = ("defender", "sentinel", "splunk", "elastic", "secops", "logscale", "duckdb")


@pytest.mark.parametrize("platform", [name for name in KNOWING if name != "secops"])  # its schema is that of messages
@pytest.mark.parametrize("native", [CHILD, MAC_FILE, changed(MAC_FILE, event_type="rename", dest_filename="/a")])
def test_the_schema_knows_every_column(platform: str, native: Native) -> None:
    telemetry: Telemetry = load_telemetry(platform)
    for event in telemetry.events(native):
        columns = {name for name in event.record if not name.startswith("#")}  # LogScale's tags
        assert columns - set(telemetry.schema[event.source]) == set()


@pytest.mark.parametrize("platform", ["qradar", "sumo"])
def test_platforms_without_a_source_of_macos_hold_nothing(platform: str) -> None:
    assert load_telemetry(platform).events(MAC_PROCESS) == []
