"""Helpers of these tests: bytes or a path in, rows and the account out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewatch.logs import HOUSE, Account, FileAccount, read

DATASETS = Path(__file__).resolve().parents[2].parent / "shared" / "datasets"
needs_datasets = pytest.mark.skipif(not DATASETS.is_dir(), reason="the datasets are not beside the repository")


def rows_of(path: Path | str, *more: str, **options: Any) -> tuple[list[dict[str, Any]], Account]:
    """The rows of what a path names, and the account."""
    account = Account()
    rows = [row for batch in read([str(path), *more], account=account, **options) for row in batch.rows]
    return rows, account


def read_bytes(
    data: bytes, tmp_path: Path, name: str = "log", **options: Any
) -> tuple[list[dict[str, Any]], FileAccount]:
    """The rows of a file of these bytes, and its account."""
    path = tmp_path / name
    path.write_bytes(data)
    rows, account = rows_of(path, **options)
    return rows, account.files[0]


def lines(*documents: Any) -> bytes:
    """Documents as JSON, one a line."""
    return b"".join(json.dumps(document, ensure_ascii=False).encode() + b"\n" for document in documents)


def fields(row: dict[str, Any]) -> dict[str, Any]:
    """What the event itself says, without the columns of the house."""
    return {name: value for name, value in row.items() if name not in HOUSE}


def kind(row: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Product, service and category."""
    return row["product"], row["service"], row["category"]


def reasons(account: FileAccount) -> list[str]:
    """Why not everything was understood."""
    return [problem.reason for problem in account.problems.values()]


def sysmon(number: int = 1, **data: Any) -> dict[str, Any]:
    """A Sysmon event of the raw shape, as converters of EVTX write it."""
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": number,
        "TimeCreated": {"#attributes": {"SystemTime": "2024-05-01T10:00:00.123456Z"}},
        "EventRecordID": 7,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "ws1.corp.example",
    }
    return {"Event": {"System": system, "EventData": data}}


def flat(number: int = 1, **data: Any) -> dict[str, Any]:
    """A Sysmon event of the flat shape, as NXLog writes it."""
    return {
        "EventTime": "2024-05-01 12:00:00",
        "Hostname": "ws1.corp.example",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": number,
        "UtcTime": "2024-05-01 10:00:00.123",
        **data,
    }
