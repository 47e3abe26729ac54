"""Native events of macOS: rows of osquery's tables over Apple's Endpoint Security.

Columns: osquery's own definitions (osquery/osquery, ``specs/darwin/es_process_events.table`` and
``es_process_file_events.table``); how they are filled: its sources ``osquery/events/darwin/endpointsecurity.cpp``,
``endpointsecurity_fim.cpp`` and ``es_utils.cpp``.

* The channel is the name of the table. osquery has no numbers of events, so the native event's own counts for nothing.
* ``es_process_events`` tells of exec, fork and exit. ``cmdline`` joins the arguments; one that holds a blank or a
  quotation mark stands in quotation marks, and a blank follows each, the last one too. That last blank is osquery's, so
  a native event may leave it out. ``username`` is the name of the real user, without a domain.
* ``es_process_file_events`` tells of create, rename, write and truncate: ``path`` is the program that acts,
  ``filename`` the file, for a rename the old name, ``dest_filename`` the new one.
* Of the parent the tables have the number alone. Endpoint sensors know its path too, so an event may carry
  ``parent_path`` and ``parent_cmdline``, as a scheduled query has them that joins the table ``processes``::

      SELECT e.*, p.path AS parent_path, p.cmdline AS parent_cmdline
      FROM es_process_events e LEFT JOIN processes p ON p.pid = e.parent

  Likewise a file event may carry ``username`` and ``cmdline`` of the process. Where an event has no such column, no
  platform's record has its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stagewatch.telemetry.native import Native

PROCESSES = "es_process_events"
FILES = "es_process_file_events"

STARTED, ENDED, CREATED = 1, 5, 11
"""What happened, by the number of Sysmon's event for the same."""
FORKED, RENAMED, CHANGED = 101, 102, 103
"""What Sysmon has no event for, by numbers of ours."""

HAPPENED: Mapping[tuple[str, str], int] = {
    (PROCESSES, "exec"): STARTED,
    (PROCESSES, "fork"): FORKED,
    (PROCESSES, "exit"): ENDED,
    (FILES, "create"): CREATED,
    (FILES, "rename"): RENAMED,
    (FILES, "write"): CHANGED,
    (FILES, "truncate"): CHANGED,
}
"""Table and its column ``event_type`` -> what happened."""

CATEGORIES: Mapping[int, str] = {
    STARTED: "process_creation",
    ENDED: "process_termination",
    CREATED: "file_event",
    RENAMED: "file_rename",
}
"""What happened -> Sigma's category."""

NAMES: Mapping[str, str] = {
    "path": "Image",
    "cmdline": "CommandLine",
    "cwd": "CurrentDirectory",
    "username": "User",
    "pid": "ProcessId",
    "parent": "ParentProcessId",
    "parent_path": "ParentImage",
    "parent_cmdline": "ParentCommandLine",
    "filename": "TargetFilename",
}
"""Column -> Sigma's field."""


def told(native: Native) -> Native:
    """The same event with what happened as its number and Sigma's names for its data; 0 where that is not known.

    A column that is empty is a field that the event lacks. The file of a rename is the new one, the old one is its
    ``SourceFilename``. The process of a fork is the child, its parent the one that forked.
    """
    row = {name: value for name, value in native.data.items() if value}
    happened = HAPPENED.get((native.channel, row.get("event_type", "")), 0)
    data = {field: row[column] for column, field in NAMES.items() if column in row}
    for name in ("CommandLine", "ParentCommandLine"):
        if name in data:
            data[name] = data[name].removesuffix(" ")
    if happened == RENAMED:
        data |= {"SourceFilename": row.get("filename", ""), "TargetFilename": row.get("dest_filename", "")}
    if happened == FORKED:
        data |= {"ProcessId": row.get("child_pid", ""), "ParentProcessId": row.get("pid", "")}
        data["ParentImage"] = row.get("path", "")
    return replace(native, event_id=happened, data={name: value for name, value in data.items() if value})
