"""Entries of Google Cloud's audit logs: how they are read, and what each platform holds of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.logs.cloud import gcp_row
from stagewatch.telemetry import gcp, load_telemetry
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import Native, native, read_natives

SNAPSHOT: dict[str, Any] = {
    "insertId": "-w5vrlhdm7gk",
    "labels": {"compute.googleapis.com/root_trigger_id": "u"},
    "logName": "projects/quill/logs/cloudaudit.googleapis.com%2Factivity",
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "authenticationInfo": {"principalEmail": "jdoe@corp.example", "principalSubject": "user:jdoe@corp.example"},
        "authorizationInfo": [
            {"granted": True, "permission": "compute.snapshots.create"},
            {"granted": True, "permission": "compute.disks.createSnapshot"},
        ],
        "methodName": "v1.compute.snapshots.insert",
        "request": {"name": "quill", "sourceDisk": "projects/quill/zones/z/disks/d"},
        "requestMetadata": {"callerIp": "198.51.100.7", "callerSuppliedUserAgent": "gcloud/460"},
        "resourceName": "projects/quill/global/snapshots/quill",
        "serviceName": "compute.googleapis.com",
    },
    "resource": {"labels": {"project_id": "quill"}, "type": "gce_snapshot"},
    "severity": "NOTICE",
    "timestamp": "2026-11-21T09:00:00.176899Z",
}
DENIED: dict[str, Any] = {
    "logName": "projects/quill/logs/cloudaudit.googleapis.com%2Fdata_access",
    "protoPayload": {
        "authorizationInfo": [{"granted": False, "permission": "storage.objects.create"}],
        "methodName": "storage.objects.create",
        "requestMetadata": {"callerIp": "private"},
        "resourceName": "projects/_/buckets/inkpot/objects/a.csv",
        "status": {"code": 7, "message": "PERMISSION_DENIED"},
    },
    "resource": {"type": "gcs_bucket"},
    "timestamp": "2026-11-21T09:00:00Z",
}


def one(platform: str, document: dict[str, Any]) -> Event:
    (event,) = load_telemetry(platform).events(native(document))
    assert event.time.replace(microsecond=0) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    return event


def record(platform: str, document: dict[str, Any]) -> dict[str, Value]:
    return dict(one(platform, document).record)


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [SNAPSHOT, {"data": SNAPSHOT, "publish_time": 1}], ids=["entry", "from Pub/Sub"])
def test_an_entry_is_an_event(document: dict[str, Any]) -> None:
    event = native(document, 3)
    assert (event.provider, event.event_id, event.computer, event.record_id) == (GCP, 0, "", 3)
    assert event.time == datetime(2026, 11, 21, 9, 0, 0, 176899, tzinfo=UTC)
    assert event.data["protoPayload.methodName"] == "v1.compute.snapshots.insert"
    assert json.loads(event.data["protoPayload.authorizationInfo"]) == SNAPSHOT["protoPayload"]["authorizationInfo"]


def test_entries_are_numbered_by_their_places() -> None:
    found = list(read_natives(json.dumps([SNAPSHOT, DENIED])))
    assert [(event.record_id, event.data["resource.type"]) for event in found] == [
        (1, "gce_snapshot"),
        (2, "gcs_bucket"),
    ]


def test_an_entry_of_another_log_is_none() -> None:
    assert not gcp.is_record({"protoPayload": {"@type": "x"}, "timestamp": "2026-11-21T09:00:00Z"})
    assert not gcp.is_record({"textPayload": "x"})


def test_an_entry_without_its_time_is_no_event() -> None:
    with pytest.raises(ValueError, match="not an event"):
        native({"protoPayload": {"methodName": "x"}})


def test_an_entry_is_whole_again_with_dots_in_names_of_labels() -> None:
    assert gcp.nested(native(SNAPSHOT).data) == SNAPSHOT


# --- platforms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [SNAPSHOT, DENIED], ids=["snapshot", "denied"])
def test_duckdb_agrees_with_the_reader_of_logs(document: dict[str, Any]) -> None:
    read = gcp_row(document)
    assert read is not None
    house = {"event_time", "product", "service", "category"}
    known = {column.lower() for column in load_telemetry("duckdb").schema["events"]}
    expected = {name.lower(): value for name, value in read.items() if name not in house and name.lower() in known}
    made = {name.lower(): value for name, value in record("duckdb", document).items() if name not in house}
    assert made == expected
    found = record("duckdb", document)
    assert (found["product"], found["service"]) == ("gcp", "gcp.audit")
    assert found["gcp.audit.method_name"] == found["data.protoPayload.methodName"]


def test_duckdb_looks_into_a_list_of_one() -> None:
    found = record("duckdb", DENIED)
    assert found["data.protoPayload.authorizationInfo.permission"] == "storage.objects.create"
    assert found["data.protoPayload.authorizationInfo.granted"] == "false"
    assert "data.protoPayload.authorizationInfo.permission" not in record("duckdb", SNAPSHOT)


def test_sentinel() -> None:
    event = one("sentinel", SNAPSHOT)
    assert event.source == "GCPAuditLogs"
    assert (event.record["MethodName"], event.record["PrincipalEmail"]) == (
        "v1.compute.snapshots.insert",
        "jdoe@corp.example",
    )
    assert (event.record["GCPResourceName"], event.record["ProjectId"]) == (
        "projects/quill/global/snapshots/quill",
        "quill",
    )
    assert json.loads(str(event.record["RequestMetadata"]))["callerIp"] == "198.51.100.7"
    assert set(event.record) <= set(load_telemetry("sentinel").schema["GCPAuditLogs"])
    assert "Status" not in event.record
    denied = record("sentinel", DENIED)
    assert json.loads(str(denied["Status"])) == {"code": "7", "message": "PERMISSION_DENIED"}
    assert denied["StatusMessage"] == "PERMISSION_DENIED"


def test_elastic() -> None:
    event = one("elastic", SNAPSHOT)
    assert event.source == "logs-gcp.audit-default"
    assert (event.record["event.action"], event.record["service.name"]) == (
        "v1.compute.snapshots.insert",
        "compute.googleapis.com",
    )
    assert (event.record["client.user.email"], event.record["source.ip"]) == ("jdoe@corp.example", "198.51.100.7")
    assert (event.record["event.provider"], event.record["event.outcome"]) == ("activity", "unknown")
    assert "gcp.audit.method_name" not in event.record
    assert set(event.record) <= set(load_telemetry("elastic").schema[event.source])


def test_elastic_of_what_was_denied() -> None:
    found = record("elastic", DENIED)
    assert (found["gcp.audit.status.code"], found["event.outcome"]) == (7, "failure")
    assert "source.ip" not in found


@pytest.mark.parametrize(("granted", "outcome"), [(True, "success"), (False, "failure")])
def test_elastic_tells_the_outcome_by_the_one_permission(granted: bool, outcome: str) -> None:
    payload = {"methodName": "x", "authorizationInfo": [{"granted": granted}]}
    found = record("elastic", {"protoPayload": payload, "timestamp": "2026-11-21T09:00:00Z"})
    assert found["event.outcome"] == outcome


def test_elastic_names_no_resource_of_a_cluster() -> None:
    cluster = {**SNAPSHOT, "resource": {"type": "k8s_cluster"}}
    assert "gcp.audit.resource_name" not in record("elastic", cluster)


def test_splunk() -> None:
    event = one("splunk", SNAPSHOT)
    assert event.record["sourcetype"] == "google:gcp:pubsub:audit:admin_activity"
    assert event.record["data.protoPayload.methodName"] == "v1.compute.snapshots.insert"
    assert json.loads(event.raw)["data"]["protoPayload"] == SNAPSHOT["protoPayload"]
    denied = record("splunk", DENIED)
    assert denied["sourcetype"] == "google:gcp:pubsub:audit:data_access"
    assert denied["data.protoPayload.authorizationInfo{}.permission"] == "storage.objects.create"
    schema = load_telemetry("splunk").schema["Google Cloud Audit Logs"]
    assert set(denied) <= set(schema)


def test_secops() -> None:
    event = one("secops", SNAPSHOT)
    assert event.source == event.record["metadata.log_type"] == "GCP_CLOUDAUDIT"
    assert event.record["metadata.product_event_type"] == "v1.compute.snapshots.insert"
    assert event.record["target.application"] == "compute.googleapis.com"
    assert event.record["target.resource.name"] == "projects/quill/global/snapshots/quill"
    assert event.record["principal.user.email_addresses"] == ["jdoe@corp.example"]
    assert event.record["principal.ip"] == ["198.51.100.7"]
    assert not {"principal.ip", "principal.user.email_addresses"} & record("secops", DENIED).keys()


@pytest.mark.parametrize("platform", ["defender", "qradar", "sumo", "logscale"])
def test_platforms_without_a_known_form_hold_no_entries(platform: str) -> None:
    assert load_telemetry(platform).events(native(SNAPSHOT)) == []


def test_an_event_of_a_fixture_may_have_no_time_of_its_own() -> None:
    when = datetime(2026, 11, 21, 9, 0, 5, tzinfo=UTC)
    (event,) = load_telemetry("splunk").events(Native(GCP, 0, "", "", when, 1, {"protoPayload.methodName": "x"}))
    assert event.record["data.timestamp"] == "2026-11-21T09:00:05.000000Z"
