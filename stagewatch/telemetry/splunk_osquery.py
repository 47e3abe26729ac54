"""Splunk: process events of macOS, as osquery reports them from Apple's Endpoint Security.

A native event is a row of osquery's table ``es_process_events``: its channel is the name of the query, its data the
row's columns by osquery's names, its id 1 (osquery has no numbers of events). Splunk lists the fields and a sample in
splunk/security_content, ``data_sources/osquery.yml``: a line of osquery's result log in JSON, ``source`` osquery,
``sourcetype`` osquery:results, the columns below ``columns.``. The sample's command line ends with a blank, as does its
environment; both are lists there that osquery joins. osquery's own definition of the table (osquery/osquery,
``specs/darwin/es_process_events.table``): Endpoint Security on macOS only, ``parent`` is the number of the parent, and
there are fork and exit events besides exec.
"""

from __future__ import annotations

import json

from stagewatch.languages.base import Event
from stagewatch.telemetry.native import Native

TABLE = "osquery"


def logged(native: Native) -> Event:
    """The event that Splunk indexes."""
    columns = dict(native.data)
    if "cmdline" in columns:
        columns["cmdline"] += " "
    line = {
        "name": native.channel,
        "hostIdentifier": native.computer,
        "calendarTime": f"{native.time:%a %b %d %H:%M:%S %Y} UTC",
        "unixTime": str(int(native.time.timestamp())),
        "counter": str(native.record_id),
    }
    fixed = {"index": "main", "host": native.computer, "source": "osquery", "sourcetype": "osquery:results"}
    found = {f"columns.{name}": value for name, value in columns.items() if value}
    raw = json.dumps({**line, "columns": columns, "action": "added"}, ensure_ascii=False)
    return Event(native.time, TABLE, {**fixed, **line, **found}, raw)
