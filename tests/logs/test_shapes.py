"""Each shape of JSON: a small synthetic sample of ours and the exact row."""

# ruff: noqa: DTZ001  a time of the event table has no zone

from datetime import datetime
from pathlib import Path

import orjson
import pytest

from tests.logs.reading import fields, flat, kind, lines, read_bytes, reasons, sysmon

WHEN = datetime(2024, 5, 1, 10, 0, 0, 123456)
PROCESS = ("windows", "sysmon", "process_creation")


def test_raw_event_of_an_evtx_converter(tmp_path: Path) -> None:
    rows, account = read_bytes(lines(sysmon(1, Image=r"C:\a.exe", ProcessId=42, Product="P")), tmp_path)
    assert account.format == "raw"
    assert kind(rows[0]) == PROCESS
    assert rows[0]["event_time"] == WHEN
    assert rows[0]["position"] == 0
    assert rows[0]["origin"] == str(tmp_path / "log")
    assert fields(rows[0]) == {
        "Image": r"C:\a.exe",
        "ProcessId": "42",
        "Product_": "P",
        "EventRecordID": "7",
        "Provider_Name": "Microsoft-Windows-Sysmon",
        "EventID": "1",
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "ws1.corp.example",
    }


@pytest.mark.parametrize(
    "data",
    [
        {"Data": [{"@Name": "Image", "#text": "x"}, {"@Name": "User", "#text": "u"}]},
        [{"Name": "Image", "#text": "x"}, {"Name": "User", "#text": "u"}],
        {"Data": [{"#attributes": {"Name": "Image"}, "#text": "x"}, {"#attributes": {"Name": "User"}, "#text": "u"}]},
        {"Image": {"#text": "x"}, "User": "u", "User_attributes": {"a": 1}, "#attributes": {}},
    ],
)
def test_event_data_in_every_spelling_of_converters(tmp_path: Path, data: object) -> None:
    event = sysmon(1)
    event["Event"]["EventData"] = data
    rows, _ = read_bytes(lines(event), tmp_path)
    assert (rows[0]["Image"], rows[0]["User"]) == ("x", "u")


def test_strings_without_names_become_data(tmp_path: Path) -> None:
    event = sysmon(1)
    event["Event"]["EventData"] = {"Data": {"#text": ["one", "two"]}}
    rows, _ = read_bytes(lines(event), tmp_path)
    assert rows[0]["Data"] == "one\ntwo"


def test_user_data_gives_the_fields_of_its_one_element(tmp_path: Path) -> None:
    event = sysmon(104)
    event["Event"]["System"]["Provider"]["#attributes"]["Name"] = "Microsoft-Windows-Eventlog"
    event["Event"]["System"]["Channel"] = "System"
    event["Event"]["UserData"] = {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName": "u"}}
    rows, _ = read_bytes(lines(event), tmp_path)
    assert (kind(rows[0]), rows[0]["SubjectUserName"]) == (("windows", "system", None), "u")


def test_flat_event_of_nxlog(tmp_path: Path) -> None:
    document = flat(
        13,
        EventType="INFO",
        Message="Registry value set:\r\nRuleName: -\r\nEventType: SetValue\r\n",
        Keywords=-9223372036854775808,
        ThreadID=9,
        ProcessID=1,
        ProcessId="6",
    )
    rows, account = read_bytes(lines(document), tmp_path)
    assert account.format == "nxlog"
    assert kind(rows[0]) == ("windows", "sysmon", "registry_set")
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10, 0, 0, 123000)
    assert fields(rows[0]) == {
        "EventTime": "2024-05-01 12:00:00",
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": "13",
        "UtcTime": "2024-05-01 10:00:00.123",
        "EventType": "SetValue",
        "Message": document["Message"],
        "Keywords": "0x8000000000000000",
        "ProcessId": "6",
        "Provider_Name": "Microsoft-Windows-Sysmon",
        "Computer": "ws1.corp.example",
        "Execution_ThreadID": "9",
    }


def test_security_4688_has_sysmons_names_too(tmp_path: Path) -> None:
    document = flat(
        4688,
        SourceName="Microsoft-Windows-Security-Auditing",
        Channel="Security",
        NewProcessName="n",
        ParentProcessName="p",
        SubjectUserName="s",
        SubjectDomainName="D",
        TargetUserName="-",
        MandatoryLabel="S-1-16-12288",
        ProcessId="0x4",
    )
    rows, _ = read_bytes(lines(document), tmp_path)
    assert kind(rows[0]) == ("windows", "security", "process_creation")
    wanted = {"Image": "n", "ParentImage": "p", "User": "D\\s", "IntegrityLevel": "High", "ParentProcessId": "0x4"}
    assert {name: rows[0][name] for name in wanted} == wanted


WINLOGBEAT = {
    "@timestamp": "2024-05-01T10:00:00.123Z",
    "event": {"code": "1", "provider": "Microsoft-Windows-Sysmon"},
    "host": {"name": "ws1"},
    "process": {"executable": "C:\\a.exe", "command_line": "a -b", "parent": {"executable": "C:\\p.exe"}},
    "user": {"name": "u", "domain": "D"},
    "winlog": {
        "event_id": 1,
        "provider_name": "Microsoft-Windows-Sysmon",
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "computer_name": "ws1.corp.example",
        "record_id": 5,
        "event_data": {"IntegrityLevel": "High"},
    },
}
WINLOGBEAT_ROW = {
    "IntegrityLevel": "High",
    "Image": "C:\\a.exe",
    "CommandLine": "a -b",
    "ParentImage": "C:\\p.exe",
    "User": "D\\u",
    "EventRecordID": "5",
    "Provider_Name": "Microsoft-Windows-Sysmon",
    "EventID": "1",
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "ws1.corp.example",
}


def _dotted(document: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat_names: dict[str, object] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            flat_names.update(_dotted(value, f"{prefix}{name}."))
        else:
            flat_names[prefix + name] = value
    return flat_names


@pytest.mark.parametrize(
    "document",
    [
        WINLOGBEAT,
        _dotted(WINLOGBEAT),
        {"_index": "winlogbeat-8", "_source": WINLOGBEAT},
        {"took": 3, "hits": {"total": 1, "hits": [{"_id": "1", "_source": WINLOGBEAT}]}},
        [WINLOGBEAT],
    ],
    ids=["nested", "dotted", "_source", "answer to a search", "array"],
)
def test_winlogbeat_and_elastic_exports(tmp_path: Path, document: object) -> None:
    rows, account = read_bytes(orjson.dumps(document), tmp_path)
    assert account.format == "winlogbeat"
    assert kind(rows[0]) == PROCESS
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10, 0, 0, 123000)
    assert fields(rows[0]) == WINLOGBEAT_ROW


XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Sysmon' Guid='{5770}'/><EventID>11</EventID>"
    "<TimeCreated SystemTime='2024-05-01T10:00:00.123456Z'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>"
    "<Computer>ws1</Computer></System><EventData>"
    "<Data Name='TargetFilename'>C:\\x &amp; y.zip</Data></EventData></Event>"
)


@pytest.mark.parametrize(
    "result",
    [
        {"_raw": XML, "host": "h", "sourcetype": "XmlWinEventLog"},
        {"_raw": orjson.dumps(sysmon(11, TargetFilename="C:\\x & y.zip")).decode()},
        {
            "_time": "2024-05-01T12:00:00.123456+02:00",
            "source": "WinEventLog:Microsoft-Windows-Sysmon/Operational",
            "EventCode": "11",
            "host": "ws1",
            "TargetFilename": "C:\\x & y.zip",
            "linecount": "3",
        },
    ],
    ids=["raw XML", "raw JSON", "fields"],
)
def test_splunk_export(tmp_path: Path, result: object) -> None:
    rows, account = read_bytes(lines({"preview": False, "result": result}), tmp_path)
    assert account.format == "splunk"
    assert kind(rows[0]) == ("windows", "sysmon", "file_event")
    assert (rows[0]["TargetFilename"], rows[0]["EventID"]) == ("C:\\x & y.zip", "11")
    assert rows[0]["event_time"] == WHEN
    assert "linecount" not in rows[0]


CLOUDTRAIL = {
    "eventVersion": "1.08",
    "eventTime": "2024-05-01T10:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "userIdentity": {"type": "IAMUser", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
    "requestParameters": {"bucketName": "b", "size": 12345678901234567890123},
    "resources": [{"ARN": "arn:aws:s3:::b"}],
    "readOnly": False,
    "errorCode": None,
}
CLOUDTRAIL_ROW = {
    "eventVersion": "1.08",
    "eventTime": "2024-05-01T10:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "userIdentity.type": "IAMUser",
    "userIdentity.sessionContext.attributes.mfaAuthenticated": "false",
    "requestParameters.bucketName": "b",
    "requestParameters.size": "12345678901234567890123",
    "resources": '[{"ARN":"arn:aws:s3:::b"}]',
    "resources.ARN": "arn:aws:s3:::b",
    "readOnly": "false",
}


@pytest.mark.parametrize("container", ["Records", None, "Events"])
def test_cloudtrail_records(tmp_path: Path, container: str | None) -> None:
    import json

    document = {container: [CLOUDTRAIL]} if container else CLOUDTRAIL
    rows, account = read_bytes(json.dumps(document).encode(), tmp_path)
    assert account.format == "cloudtrail"
    assert kind(rows[0]) == ("aws", "cloudtrail", None)
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10)
    assert fields(rows[0]) == CLOUDTRAIL_ROW


def test_cloudtrail_digest_is_unknown_and_said_so(tmp_path: Path) -> None:
    digest = {"awsAccountId": "1", "digestStartTime": "2024-05-01T10:00:00Z", "logFiles": [{"s3Bucket": "b"}]}
    rows, account = read_bytes(lines(digest), tmp_path)
    assert (rows, str(account.state), reasons(account)) == ([], "unknown", ["JSON of no known shape"])


def test_demanded_format_is_not_guessed(tmp_path: Path) -> None:
    rows, account = read_bytes(lines(CLOUDTRAIL), tmp_path, format="nxlog")
    assert (rows, reasons(account)) == ([], ["not an event of the shape nxlog"])


def test_unknown_format_is_refused() -> None:
    from stagewatch.logs import read

    with pytest.raises(ValueError, match="no such format: yaml; known are evtx"):
        read(["x"], format="yaml")
