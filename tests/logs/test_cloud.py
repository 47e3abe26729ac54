"""Records of Azure's activity log and of Google Cloud's audit logs are recognised and read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.logs.reading import fields, kind, lines, read_bytes, reasons

AZURE = {
    "time": "2026-11-21T10:00:00.5Z",
    "resourceId": "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/R",
    "operationName": "MICROSOFT.COMPUTE/SNAPSHOTS/WRITE",
    "category": "Write",
    "resultType": "Success",
    "identity": {"claims": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "jdoe@corp.example"}},
}
AZURE_ROW = {
    "time": "2026-11-21T10:00:00.5Z",
    "resourceId": "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/R",
    "operationName": "MICROSOFT.COMPUTE/SNAPSHOTS/WRITE",
    "category_": "Write",
    "resultType": "Success",
    "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "jdoe@corp.example",
    "caller": "jdoe@corp.example",
}
GCP = {
    "insertId": "i",
    "protoPayload": {
        "methodName": "storage.objects.create",
        "status": {"code": 7},
        "authorizationInfo": [{"granted": True}],
    },
    "timestamp": "2026-11-21T10:00:00.5Z",
}
GCP_ROW = {
    "data.insertId": "i",
    "data.protoPayload.methodName": "storage.objects.create",
    "data.protoPayload.status.code": "7",
    "data.protoPayload.authorizationInfo": '[{"granted":true}]',
    "data.protoPayload.authorizationInfo.granted": "true",
    "data.timestamp": "2026-11-21T10:00:00.5Z",
    "gcp.audit.method_name": "storage.objects.create",
}
WHEN = datetime(2026, 11, 21, 10, 0, 0, 500000, UTC).replace(tzinfo=None)


@pytest.mark.parametrize("container", ["records", None])
def test_azure(tmp_path: Path, container: str | None) -> None:
    document = {container: [AZURE]} if container else AZURE
    rows, account = read_bytes(json.dumps(document).encode(), tmp_path)
    assert account.format == "azure"
    assert kind(rows[0]) == ("azure", "activitylogs", None)
    assert rows[0]["event_time"] == WHEN
    assert fields(rows[0]) == AZURE_ROW


@pytest.mark.parametrize("document", [GCP, {"data": GCP}, {"result": {"_raw": json.dumps({"data": GCP})}}])
def test_gcp(tmp_path: Path, document: dict[str, object]) -> None:
    rows, _ = read_bytes(lines(document), tmp_path)
    assert kind(rows[0]) == ("gcp", "gcp.audit", None)
    assert rows[0]["event_time"] == WHEN
    assert fields(rows[0]) == GCP_ROW


@pytest.mark.parametrize(
    "document",
    [{**AZURE, "category": "SignInLogs"}, {"protoPayload": {"@type": "x"}, "timestamp": "2026-11-21T10:00:00Z"}],
    ids=["another log of Azure", "another log of Google Cloud"],
)
def test_other_logs_of_the_same_frames_are_unknown_and_said_so(tmp_path: Path, document: dict[str, object]) -> None:
    rows, account = read_bytes(lines(document), tmp_path)
    assert (rows, reasons(account)) == ([], ["JSON of no known shape"])


@pytest.mark.parametrize("shape", ["azure", "gcp"])
def test_a_demanded_format_is_not_guessed(tmp_path: Path, shape: str) -> None:
    rows, account = read_bytes(lines({"x": "y"}), tmp_path, format=shape)
    assert (rows, reasons(account)) == ([], [f"not an event of the shape {shape}"])
