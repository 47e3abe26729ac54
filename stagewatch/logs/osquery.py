"""Results of osquery, of which its tables of Apple's Endpoint Security are Sigma's events of macOS.

Result log: osquery, "Logging" (https://osquery.readthedocs.io/en/latest/deployment/logging/), in its formats "event",
"batch" and "snapshot". Tables: osquery/osquery, ``specs/darwin/es_process_events.table`` and
``es_process_file_events.table``; that a blank ends a command line: ``osquery/events/darwin/endpointsecurity.cpp``.

The name of a query is the site's own, so its columns tell the table: a start of a process or a change of a file has
``event_type``. A query that does not select it gives rows that are of no category.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewatch.logs.values import Row, housed, texts, utc

MACOS = "macos"

CATEGORIES = {
    "exec": ("path", "process_creation"),
    "exit": ("path", "process_termination"),
    "create": ("filename", "file_event"),
    "rename": ("dest_filename", "file_rename"),
}
"""``event_type`` -> a column that its table has, and Sigma's category."""

OTHER_TYPES = frozenset({"fork", "write", "truncate", "open"})
"""What the two tables tell of besides: no category."""

NAMES = {
    "Image": "path",
    "CommandLine": "cmdline",
    "CurrentDirectory": "cwd",
    "User": "username",
    "ProcessId": "pid",
    "ParentProcessId": "parent",
    "ParentImage": "parent_path",
    "ParentCommandLine": "parent_cmdline",
    "TargetFilename": "filename",
}
"""Sigma's field -> column. The parent's path and command line are none of the table, but of queries that join them."""

_RENAME = {"SourceFilename": "filename", "TargetFilename": "dest_filename"}


def is_osquery(document: Mapping[str, Any]) -> bool:
    """Whether an object is a line of osquery's result log: one row, or several of a batch or a snapshot."""
    return "name" in document and "unixTime" in document and next(_rows(document), None) is not None


def lines(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A line for each row of a line, in the format "event"."""
    frame = {name: value for name, value in document.items() if name not in ("diffResults", "snapshot")}
    for action, columns in _rows(document):
        yield {**frame, "action": action, "columns": columns}


def osquery_row(document: Mapping[str, Any]) -> Row | None:
    """A row of a result, with its columns and Sigma's names beside them; None where there is none.

    What has gone from a result (``removed``) is no event, and of no log source.
    """
    columns = document.get("columns")
    if not isinstance(columns, dict):
        return None
    own = {name: value for name, value in texts(columns).items() if value != ""}
    event = own.get("event_type", "") if document.get("action") != "removed" else ""
    column, category = CATEGORIES.get(event, ("", None))
    if column not in own:
        category = None
    row: Row = dict(own)
    if category is not None or event in OTHER_TYPES:
        names = NAMES | (_RENAME if category == "file_rename" else {})
        row.update((name, own[of]) for name, of in names.items() if of in own)
        for name in ("CommandLine", "ParentCommandLine"):
            if name in row:
                row[name] = row[name].removesuffix(" ")
    host = document.get("hostIdentifier", document.get("hostname"))
    if host is not None:
        row["Computer"] = str(host)
    product = MACOS if category is not None or event in OTHER_TYPES else None
    when = utc(own.get("time")) or utc(document.get("unixTime"))
    return housed(row, when, product, None, category)


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was done to a row, and its columns."""
    if isinstance(document.get("columns"), dict):
        yield str(document.get("action", "added")), document["columns"]
    changes = document.get("diffResults")
    found = dict(changes) if isinstance(changes, dict) else {}
    if "snapshot" in document:
        found["snapshot"] = document["snapshot"]
    for action, rows in found.items():
        yield from ((action, row) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))
