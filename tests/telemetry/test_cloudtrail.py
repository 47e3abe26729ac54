"""Records of AWS CloudTrail: how they are read, and what each platform holds of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.logs.shapes import cloudtrail_row
from stagewatch.telemetry import cloudtrail, load_telemetry
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.native import Native, native, read_natives

COPY: dict[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/Quill/jdoe",
        "accountId": "111122223333",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "userName": "Quill"},
            "attributes": {"mfaAuthenticated": "false"},
        },
    },
    "eventTime": "2026-11-21T09:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "CopyObject",
    "awsRegion": "us-west-2",
    "sourceIPAddress": "198.51.100.7",
    "userAgent": "[aws-cli/2.17.60 md/command#s3.cp]",
    "requestParameters": {"bucketName": "quill", "key": "a.csv", "x-amz-copy-source": "reports/a.csv"},
    "responseElements": None,
    "eventID": "b20d43de-175d-4443-acd7-f5f3e587ae00",
    "readOnly": False,
    "resources": [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::quill/a.csv"}],
    "eventType": "AwsApiCall",
    "managementEvent": False,
    "recipientAccountId": "111122223333",
}
SHARE: dict[str, Any] = {
    "eventTime": "2026-11-21T09:00:00Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "ModifySnapshotAttribute",
    "sourceIPAddress": "cloudformation.amazonaws.com",
    "errorCode": "Client.UnauthorizedOperation",
    "userIdentity": {"type": "IAMUser", "userName": "jdoe"},
    "requestParameters": {"createVolumePermission": {"add": {"items": [{"userId": "444455556666"}, {"group": "all"}]}}},
    "eventType": "AwsApiCall",
}


def one(platform: str, document: dict[str, Any]) -> Event:
    (event,) = load_telemetry(platform).events(native(document))
    assert event.time == datetime(2026, 11, 21, 9, tzinfo=UTC)
    return event


def record(platform: str, document: dict[str, Any]) -> dict[str, Value]:
    return dict(one(platform, document).record)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_record_is_an_event() -> None:
    event = native(COPY, 3)
    assert (event.provider, event.event_id, event.channel, event.computer, event.record_id) == (
        CLOUDTRAIL,
        0,
        "",
        "",
        3,
    )
    assert event.time == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert event.data["userIdentity.sessionContext.sessionIssuer.userName"] == "Quill"
    assert event.data["requestParameters.x-amz-copy-source"] == "reports/a.csv"
    assert event.data["readOnly"] == "false"
    assert event.data["resources"] == '[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::quill/a.csv"}]'
    assert not any(name.startswith("responseElements") for name in event.data)


@pytest.mark.parametrize("text", [json.dumps({"Records": [COPY, SHARE]}), json.dumps(COPY) + "\n" + json.dumps(SHARE)])
def test_records_are_numbered_by_their_places(text: str) -> None:
    found = list(read_natives(text))
    assert [(event.record_id, event.data["eventName"]) for event in found] == [
        (1, "CopyObject"),
        (2, "ModifySnapshotAttribute"),
    ]


def test_a_record_without_its_time_is_no_event() -> None:
    with pytest.raises(ValueError, match="not an event"):
        native({"eventSource": "s3.amazonaws.com", "eventName": "CopyObject"})


def test_a_record_is_whole_again() -> None:
    given = {name: value for name, value in COPY.items() if value is not None}
    assert cloudtrail.nested(native(COPY).data) == given


def test_what_stands_in_brackets_may_be_no_list() -> None:
    assert cloudtrail.listed("[aws-cli/2.17.60]") is None
    assert cloudtrail.listed("x") is None
    assert cloudtrail.listed("[1]") == [1]


def test_an_event_without_its_own_time_has_that_of_the_event() -> None:
    when = datetime(2026, 11, 21, 9, 0, 5, tzinfo=UTC)
    bare = Native(CLOUDTRAIL, 0, "", "", when, 1, {"eventSource": "s3.amazonaws.com", "eventName": "CopyObject"})
    (event,) = load_telemetry("splunk").events(bare)
    assert event.record["eventTime"] == "2026-11-21T09:00:05Z"


# --- platforms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [COPY, SHARE], ids=["copy", "share"])
def test_duckdb_agrees_with_the_reader_of_logs(document: dict[str, Any]) -> None:
    read = cloudtrail_row(document)
    assert read is not None
    house = {"event_time", "product", "service", "category"}
    known = {column.lower() for column in load_telemetry("duckdb").schema["events"]}
    expected = {name.lower(): value for name, value in read.items() if name not in house and name.lower() in known}
    made = {name.lower(): value for name, value in record("duckdb", document).items() if name not in house}
    assert made == expected
    assert (record("duckdb", document)["product"], record("duckdb", document)["service"]) == ("aws", "cloudtrail")


def test_sentinel() -> None:
    event = one("sentinel", COPY)
    assert event.source == "AWSCloudTrail"
    assert event.record["UserIdentityArn"] == "arn:aws:sts::111122223333:assumed-role/Quill/jdoe"
    assert event.record["SessionIssuerUserName"] == "Quill"
    assert event.record["SessionMfaAuthenticated"] is False
    assert event.record["ReadOnly"] is False
    assert json.loads(str(event.record["RequestParameters"])) == COPY["requestParameters"]
    assert "ResponseElements" not in event.record
    assert set(event.record) <= set(load_telemetry("sentinel").schema["AWSCloudTrail"])


def test_splunk() -> None:
    event = one("splunk", SHARE)
    assert event.record["sourcetype"] == "aws:cloudtrail"
    assert event.record["requestParameters.createVolumePermission.add.items{}.userId"] == "444455556666"
    assert event.record["errorCode"] == "Client.UnauthorizedOperation"
    assert json.loads(event.raw) == SHARE


def test_splunk_writes_success_where_there_is_no_error() -> None:
    found = record("splunk", COPY)
    assert found["errorCode"] == "success"
    assert '"errorCode"' not in one("splunk", COPY).raw


def test_elastic() -> None:
    event = one("elastic", COPY)
    assert event.source == "logs-aws.cloudtrail-default"
    assert (event.record["event.provider"], event.record["event.action"]) == ("s3.amazonaws.com", "CopyObject")
    assert event.record["source.ip"] == event.record["source.address"] == "198.51.100.7"
    assert event.record["user.name"] == "Quill"
    assert event.record["event.outcome"] == "success"
    parameters = "{bucketName=quill, key=a.csv, x-amz-copy-source=reports/a.csv}"
    assert event.record["aws.cloudtrail.request_parameters"] == parameters
    assert set(event.record) <= set(load_telemetry("elastic").schema[event.source])


def test_elastic_of_a_service_and_of_lists() -> None:
    found = record("elastic", SHARE)
    assert found["source.address"] == "cloudformation.amazonaws.com"
    assert "source.ip" not in found
    assert (found["user.name"], found["event.outcome"]) == ("jdoe", "failure")
    parameters = "{createVolumePermission={add={items=[{userId=444455556666}, {group=all}]}}}"
    assert found["aws.cloudtrail.request_parameters"] == parameters


def test_qradar() -> None:
    event = one("qradar", COPY)
    assert (event.record["devicetype"], event.record["sourceip"]) == (347, "198.51.100.7")
    assert event.record["userIdentity.arn"] == "arn:aws:sts::111122223333:assumed-role/Quill/jdoe"
    assert json.loads(event.raw)["requestParameters"] == COPY["requestParameters"]
    assert set(event.record) <= set(load_telemetry("qradar").schema["events"])
    assert "sourceip" not in record("qradar", SHARE)


def test_sumo() -> None:
    found = record("sumo", COPY)
    assert (found["metadata_vendor"], found["metadata_product"]) == ("Amazon AWS", "CloudTrail")
    assert found["metadata_deviceEventId"] == "AwsApiCall-CopyObject"
    assert (found["action"], found["application"]) == ("CopyObject", "s3.amazonaws.com")
    assert found["fields.requestParameters.x-amz-copy-source"] == "reports/a.csv"
    assert found["srcDevice_ip"] == "198.51.100.7"
    assert not any(name.startswith("fields.resources") for name in found)
    assert "srcDevice_ip" not in record("sumo", SHARE)
    assert record("sumo", SHARE)["fields.sourceIPAddress"] == "cloudformation.amazonaws.com"


def test_secops() -> None:
    event = one("secops", COPY)
    assert event.source == event.record["metadata.log_type"] == "AWS_CLOUDTRAIL"
    assert (event.record["metadata.vendor_name"], event.record["metadata.product_name"]) == ("AMAZON", "AWS CloudTrail")
    assert event.record["metadata.product_event_type"] == "CopyObject"
    assert event.record["principal.user.userid"] == "arn:aws:sts::111122223333:assumed-role/Quill/jdoe"
    assert event.record["principal.ip"] == ["198.51.100.7"]
    assert event.record["additional.fields.key"] == ["recipientAccountId"]
    assert event.record["security_result.action"] == ["ALLOW"]
    assert not {"principal.ip", "security_result.action", "additional.fields.key"} & record("secops", SHARE).keys()


def test_logscale() -> None:
    event = one("logscale", SHARE)
    tags = {name: value for name, value in event.record.items() if name.startswith("#")}
    assert tags == {
        "#Vendor": "aws",
        "#event.kind": "event",
        "#event.module": "cloudtrail",
        "#event.outcome": "failure",
    }
    assert event.record["Vendor.requestParameters.createVolumePermission.add.items[1].group"] == "all"
    assert event.record["event.action"] == event.record["Vendor.eventName"] == "ModifySnapshotAttribute"
    assert record("logscale", COPY)["#event.outcome"] == "success"


def test_defender_holds_no_records() -> None:
    assert load_telemetry("defender").events(native(COPY)) == []
