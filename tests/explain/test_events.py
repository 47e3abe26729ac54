"""Events in the forms in which people have them, and what is said of what is none."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from stagewatch.explain import events
from stagewatch.explain.events import MAX_EVENTS, read_events
from stagewatch.findings import UsageError
from stagewatch.telemetry.native import Native
from tests.explain.helpers import document, saved

XML = """<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
  <System>
    <Provider Name="Microsoft-Windows-Sysmon" Guid="{{5770385f-c22a-43e0-bf4c-06f5698ffbd9}}"/>
    <EventID>1</EventID>
    <TimeCreated SystemTime="2026-11-21T09:00:00.0000000Z"/>
    <EventRecordID>7</EventRecordID>
    <Channel>Microsoft-Windows-Sysmon/Operational</Channel>
    <Computer>ws-1</Computer>
  </System>
  <EventData>{data}</EventData>
</Event>"""

WINLOGBEAT = {
    "@timestamp": "2026-11-21T09:00:00Z",
    "winlog": {
        "provider_name": "Microsoft-Windows-Sysmon",
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "event_id": "1",
        "computer_name": "ws-1",
        "event_data": {"Image": "x", "CommandLine": "y"},
    },
}

NXLOG = {
    "EventTime": "2026-11-21 09:00:00",
    "Hostname": "ws-1",
    "SourceName": "Microsoft-Windows-Sysmon",
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "EventID": 1,
    "Image": "x",
    "CommandLine": "y",
}

CLOUDTRAIL = {
    "eventVersion": "1.08",
    "eventTime": "2026-11-21T09:00:00Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "CreateSnapshot",
    "awsRegion": "eu-central-1",
}

AUDITD = 'type=PATH msg=audit(1795251600.123:42): item=1 name="/srv/.stage" inode=131 nametype=CREATE\n'


def read(path: Path | None, stdin: bytes = b"") -> list[Native]:
    return [given.event for given in read_events(path, io.BytesIO(stdin))[0]]


def test_documents_one_after_another_and_lists_and_lines(tmp_path: Path) -> None:
    one, two = document(1, Image="a"), document(11, Image="b")
    (tmp_path / "list.json").write_text(json.dumps([one, two]))
    (tmp_path / "lines.json").write_text(f"{json.dumps(one)}\n{json.dumps(two)}\n")
    (tmp_path / "pretty.json").write_text(f"{json.dumps(one, indent=2)}\n{json.dumps(two, indent=2)}\n")
    for name in ("list", "lines", "pretty"):
        assert [event.event_id for event in read(tmp_path / f"{name}.json")] == [1, 11]


def test_standard_input(tmp_path: Path) -> None:
    assert [event.data for event in read(None, json.dumps(document(1, Image="a")).encode())] == [{"Image": "a"}]


def test_xml_as_the_event_viewer_gives_it(tmp_path: Path) -> None:
    path = tmp_path / "event.xml"
    path.write_text("\ufeff" + XML.format(data='<Data Name="Image">C:\\a &amp; b.exe</Data><Data Name="User"></Data>'))
    (event,) = read(path)
    assert (event.provider, event.event_id, event.record_id, event.computer) == (
        "Microsoft-Windows-Sysmon",
        1,
        7,
        "ws-1",
    )
    assert event.data == {"Image": "C:\\a & b.exe", "User": ""}


@pytest.mark.parametrize("shipped", [WINLOGBEAT, NXLOG])
def test_events_of_shippers_of_logs(tmp_path: Path, shipped: dict[str, object]) -> None:
    (event,) = read(saved(tmp_path / "event.json", shipped))
    assert (event.provider, event.event_id, event.computer) == ("Microsoft-Windows-Sysmon", 1, "ws-1")
    assert {name: event.data[name] for name in ("Image", "CommandLine")} == {"Image": "x", "CommandLine": "y"}


def test_records_of_clouds_alone_and_in_their_files(tmp_path: Path) -> None:
    for one in (CLOUDTRAIL, {"Records": [CLOUDTRAIL]}):
        (event,) = read(saved(tmp_path / "record.json", one))
        assert event.data["eventName"] == "CreateSnapshot"


def test_lines_of_auditd(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_text(AUDITD)
    (event,) = read(tmp_path / "audit.log")
    assert (event.provider, event.event_id, event.data["name"]) == ("auditd", 1302, "/srv/.stage")


def test_results_of_osquery(tmp_path: Path) -> None:
    columns = {"event_type": "exec", "path": "/usr/bin/tar", "cmdline": "tar c x", "time": "1795251600"}
    row = {"name": "q", "hostIdentifier": "mac-1", "unixTime": 1795251600, "action": "added", "columns": columns}
    (event,) = read(saved(tmp_path / "osquery.json", row))
    assert (event.provider, event.channel, event.computer) == ("osquery", "es_process_events", "mac-1")
    assert event.data["path"] == "/usr/bin/tar"


def test_a_row_of_a_platform_is_no_native_event(tmp_path: Path) -> None:
    row = {"Timestamp": "2026-11-21T09:00:00Z", "ActionType": "ProcessCreated", "DeviceName": "ws", "FileName": "a.exe"}
    with pytest.raises(UsageError, match="a row of Defender; give the event as Windows wrote it"):
        read(saved(tmp_path / "row.json", row))


def test_events_as_fixtures_have_them_need_no_reader_of_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stagewatch.logs.documents", None)
    assert read(saved(tmp_path / "event.json", document(1, Image="a")))[0].data == {"Image": "a"}
    with pytest.raises(UsageError, match="install the extra 'hunt'"):
        read(saved(tmp_path / "event.json", WINLOGBEAT))


def test_a_label_says_what_the_event_is_in_one_line() -> None:
    native = json.dumps(document(1, RuleName="a\nb"))
    (given,) = read_events(None, io.BytesIO(native.encode()))[0]
    assert given.label == "Microsoft-Windows-Sysmon, event 1: a b"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no event"),
        (b"   \n", "holds no event"),
        (b"{", "event.json: byte 0: a document without end"),
        (b'{"a": 1}', "JSON of no known shape"),
        (b"[1, 2]", "holds no event"),
        (b'{"Event": {"System": {"EventID": "x"}}}', "event.json: line 1: "),
        (b"hello", "text of no known kind"),
        (b"<Event><System></System></Event>", "XML that is no whole event"),
        (b"<Event><!ENTITY a 'b'></Event>", "XML with a declaration in it"),
        (b"\x00\x01\x02", "text of no known kind"),
    ],
)
def test_what_is_no_event_is_said_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read(path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_deep_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(UsageError):
        read(tmp_path / "deep.json")


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UsageError, match="no such file"):
            read(path)


def test_huge_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_INPUT", 1_000)
    path = saved(tmp_path / "event.json", document(1, CommandLine="x" * 2_000))
    with pytest.raises(UsageError, match="is larger than"):
        read(path)


def test_a_huge_event_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_EVENT", 1_000)
    for one in (document(1, CommandLine="x" * 2_000), [document(1, CommandLine="x" * 2_000)]):
        path = tmp_path / "event.json"
        path.write_text(json.dumps(one))
        with pytest.raises(UsageError, match="an event of more than"):
            read(path)


def test_of_many_events_the_first_are_explained_and_the_rest_counted(tmp_path: Path) -> None:
    path = saved(tmp_path / "event.json", *(document(1, Image=str(number)) for number in range(MAX_EVENTS + 3)))
    found, more = read_events(path, io.BytesIO())
    assert (len(found), more) == (MAX_EVENTS, 3)
