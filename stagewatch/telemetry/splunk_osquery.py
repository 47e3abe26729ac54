"""Splunk: process events of macOS, as osquery reports them from Apple's Endpoint Security.

A native event is a row (:mod:`stagewatch.telemetry.osquery`); the name of the query is that of the table. Splunk lists
the fields and a sample in splunk/security_content, ``data_sources/osquery.yml``: a line of osquery's result log in
JSON, ``source`` osquery, ``sourcetype`` osquery:results, the columns below ``columns.``. The sample's command line ends
with a blank, as osquery writes it. Columns that Splunk does not list, as those of files and what a query joins in, are
in ``_raw`` alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from stagewatch.languages.base import Event
from stagewatch.telemetry.native import Native

TABLE = "osquery"


def logged(native: Native, listed: Mapping[str, str]) -> Event:
    """The event that Splunk indexes; ``listed`` are the fields that it has."""
    columns = dict(native.data)
    if columns.get("cmdline"):
        columns["cmdline"] = columns["cmdline"].removesuffix(" ") + " "
    line = {
        "name": native.channel,
        "hostIdentifier": native.computer,
        "calendarTime": f"{native.time:%a %b %d %H:%M:%S %Y} UTC",
        "unixTime": str(int(native.time.timestamp())),
        "counter": str(native.record_id),
    }
    fixed = {"index": "main", "host": native.computer, "source": "osquery", "sourcetype": "osquery:results"}
    found = {f"columns.{name}": value for name, value in columns.items() if value and f"columns.{name}" in listed}
    raw = json.dumps({**line, "columns": columns, "action": "added"}, ensure_ascii=False)
    return Event(native.time, TABLE, {**fixed, **line, **found}, raw)
