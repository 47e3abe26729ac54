"""Records of Azure's activity log: how they are read, and what each platform holds of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.logs.cloud import azure_row
from stagewatch.telemetry import azure, load_telemetry
from stagewatch.telemetry.azure import AZURE, CLAIM
from stagewatch.telemetry.native import Native, native, read_natives

SNAPSHOT: dict[str, Any] = {
    "time": "2026-11-21T09:00:00.1234567Z",
    "resourceId": "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/QUILL-RG/PROVIDERS/MICROSOFT.COMPUTE/SNAPSHOTS/QUILL",
    "operationName": "MICROSOFT.COMPUTE/SNAPSHOTS/WRITE",
    "category": "Write",
    "resultType": "Success",
    "resultSignature": "Succeeded.Created",
    "durationMs": 2826,
    "callerIpAddress": "198.51.100.7",
    "correlationId": "aaaa6666-bb77-8888-99cc-000000dddddd",
    "identity": {
        "authorization": {
            "action": "Microsoft.Compute/snapshots/write",
            "scope": "/subscriptions/s1/resourceGroups/quill-rg",
            "evidence": {"role": "Contributor", "principalId": "abcdef", "principalType": "User"},
        },
        "claims": {
            "appid": "04b07795",
            "name": "J. Doe",
            f"{CLAIM}/upn": "jdoe@corp.example",
            f"{CLAIM}/name": "live.com#jdoe@corp.example",
        },
    },
    "level": "Information",
    "properties": {"statusCode": "Created", "eventCategory": "Administrative", "message": "m"},
}
KEYS: dict[str, Any] = {
    "time": "2026-11-21T09:00:00Z",
    "resourceId": "/subscriptions/s1/resourceGroups/inkpot/providers/Microsoft.Storage/storageAccounts/inkpot",
    "operationName": "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION",
    "category": "Action",
    "resultType": "Start",
    "callerIpAddress": "unknown",
    "identity": {"claims": {"appid": "1111"}},
}
SIGN_IN = {
    "time": "2026-11-21T09:00:00Z",
    "resourceId": "/tenants/t/x",
    "operationName": "Sign-in",
    "category": "SignInLogs",
}


def one(platform: str, document: dict[str, Any]) -> Event:
    (event,) = load_telemetry(platform).events(native(document))
    assert event.time.replace(microsecond=0) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    return event


def record(platform: str, document: dict[str, Any]) -> dict[str, Value]:
    return dict(one(platform, document).record)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_record_is_an_event() -> None:
    event = native(SNAPSHOT, 3)
    assert (event.provider, event.event_id, event.computer, event.record_id) == (AZURE, 0, "", 3)
    assert event.time == datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
    assert event.data[f"identity.claims.{CLAIM}/upn"] == "jdoe@corp.example"
    assert event.data["durationMs"] == "2826"


@pytest.mark.parametrize(
    "text", [json.dumps({"records": [SNAPSHOT, KEYS]}), json.dumps(SNAPSHOT) + "\n" + json.dumps(KEYS)]
)
def test_records_are_numbered_by_their_places(text: str) -> None:
    found = [(event.record_id, event.data["category"]) for event in read_natives(text)]
    assert found == [(1, "Write"), (2, "Action")]


def test_records_of_other_logs_of_the_same_frame_are_none() -> None:
    assert not azure.is_record(SIGN_IN)
    with pytest.raises(ValueError, match="not an event"):
        native(SIGN_IN)


def test_a_record_without_its_time_is_no_event() -> None:
    with pytest.raises(ValueError, match="not an event"):
        native({name: value for name, value in SNAPSHOT.items() if name != "time"})


def test_a_record_is_whole_again_with_dots_in_names_of_claims() -> None:
    assert azure.nested(native(SNAPSHOT).data) == {**SNAPSHOT, "durationMs": "2826"}


@pytest.mark.parametrize(
    ("claims", "caller"),
    [
        ({"upn": "a@x", "emailaddress": "b@x"}, "a@x"),
        ({"emailaddress": "b@x", "spn": "c"}, "b@x"),
        ({"spn": "c"}, "c"),
        ({"upn": "", "spn": "c"}, "c"),
        ({"name": "n"}, None),
    ],
)
def test_the_caller_is_taken_from_the_claims(claims: dict[str, str], caller: str | None) -> None:
    document = {**KEYS, "identity": {"claims": {f"{CLAIM}/{name}": value for name, value in claims.items()}}}
    assert azure.caller(native(document).data) == caller
    row = azure_row(document)
    assert row is not None
    assert row.get("caller") == caller


# --- platforms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [SNAPSHOT, KEYS], ids=["user", "service"])
def test_duckdb_agrees_with_the_reader_of_logs(document: dict[str, Any]) -> None:
    read = azure_row(document)
    assert read is not None
    house = {"event_time", "product", "service", "category"}
    known = {column.lower() for column in load_telemetry("duckdb").schema["events"]}
    expected = {name.lower(): value for name, value in read.items() if name not in house and name.lower() in known}
    made = {name.lower(): value for name, value in record("duckdb", document).items() if name not in house}
    assert {name: value for name, value in made.items() if name != "time"} == {
        name: value for name, value in expected.items() if name != "time"
    }
    found = record("duckdb", document)
    assert (found["product"], found["service"], found["category_"]) == ("azure", "activitylogs", document["category"])


def test_sentinel() -> None:
    event = one("sentinel", SNAPSHOT)
    assert event.source == "AzureActivity"
    assert (event.record["OperationNameValue"], event.record["ActivityStatusValue"]) == (
        "MICROSOFT.COMPUTE/SNAPSHOTS/WRITE",
        "Success",
    )
    assert (event.record["Caller"], event.record["CallerIpAddress"]) == ("jdoe@corp.example", "198.51.100.7")
    assert event.record["_ResourceId"] == SNAPSHOT["resourceId"]
    assert (event.record["ResourceGroup"], event.record["ResourceProviderValue"]) == ("QUILL-RG", "MICROSOFT.COMPUTE")
    assert json.loads(str(event.record["Authorization_d"])) == SNAPSHOT["identity"]["authorization"]
    assert json.loads(str(event.record["Properties_d"])) == SNAPSHOT["properties"]
    assert set(event.record) <= set(load_telemetry("sentinel").schema["AzureActivity"])
    assert record("sentinel", KEYS)["CategoryValue"] == "Administrative"
    assert "Caller" not in record("sentinel", KEYS)


def test_elastic() -> None:
    event = one("elastic", SNAPSHOT)
    assert event.source == "logs-azure.activitylogs-default"
    assert event.record["event.action"] == event.record["azure.activitylogs.operation_name"]
    assert event.record["azure.activitylogs.result_type"] == "Success"
    assert (event.record["event.outcome"], event.record["source.ip"]) == ("success", "198.51.100.7")
    assert event.record["azure.resource.id"] == SNAPSHOT["resourceId"]
    assert event.record["azure.activitylogs.identity.authorization.evidence.principal_id"] == "abcdef"
    assert not any(name.startswith("azure.activitylogs.properties") for name in event.record)
    assert set(event.record) <= set(load_telemetry("elastic").schema[event.source])


def test_elastic_names_the_user_by_the_claim_of_his_name() -> None:
    claims = "azure.activitylogs.identity.claims_initiated_by_user.name"
    found = record("elastic", SNAPSHOT)
    assert found[claims] == found["user.name"] == "live.com#jdoe@corp.example"
    assert "user.email" not in found
    member = {**SNAPSHOT, "identity": {"claims": {f"{CLAIM}/name": "jdoe@corp.example"}}}
    found = record("elastic", member)
    assert (found["user.name"], found["user.domain"], found["user.email"]) == ("jdoe", "corp.example", found[claims])


def test_elastic_of_a_service_principal_and_of_what_is_no_address() -> None:
    found = record("elastic", KEYS)
    assert (found["source.address"], found["azure.activitylogs.event_category"]) == ("unknown", "Administrative")
    assert not {"source.ip", "event.outcome", "user.name"} & found.keys()


def test_splunk() -> None:
    event = one("splunk", SNAPSHOT)
    assert event.record["sourcetype"] == "azure:monitor:activity"
    assert event.record["identity.authorization.action"] == "Microsoft.Compute/snapshots/write"
    assert event.record[f"identity.claims.{CLAIM}/upn"] == "jdoe@corp.example"
    assert json.loads(event.raw)["identity"] == SNAPSHOT["identity"]
    assert set(event.record) <= set(load_telemetry("splunk").schema["Azure Monitor Activity"])


@pytest.mark.parametrize("platform", ["defender", "qradar", "sumo", "secops", "logscale"])
def test_platforms_without_a_known_form_hold_no_records(platform: str) -> None:
    assert load_telemetry(platform).events(native(SNAPSHOT)) == []


def test_an_event_of_a_fixture_may_have_no_time_of_its_own() -> None:
    when = datetime(2026, 11, 21, 9, 0, 5, tzinfo=UTC)
    (event,) = load_telemetry("splunk").events(Native(AZURE, 0, "", "", when, 1, {"operationName": "x"}))
    assert event.record["time"] == "2026-11-21T09:00:05.000000Z"
