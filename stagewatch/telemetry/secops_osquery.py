"""macOS in Google SecOps: UDM events of what osquery tells of (:mod:`stagewatch.telemetry.osquery`).

Google takes osquery's results in as OSQUERY_EDR, from Macs too ("Collect osquery logs",
https://docs.cloud.google.com/chronicle/docs/ingestion/default-parsers/osquery-edr). Its mapping tables could not be
read, nor those of any other parser for macOS. So the places are those that Google's own rules read for process launches
and that the page "Collect SentinelOne Cloud Funnel logs" sets for a platform; all of them unverified for osquery. A
working directory, whose place is known for Sysmon alone, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import osquery
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.secops_times import times

LOG_TYPE = "OSQUERY_EDR"

TYPES: Mapping[int, str] = {
    osquery.STARTED: "PROCESS_LAUNCH",
    osquery.ENDED: "PROCESS_TERMINATION",
    osquery.CREATED: "FILE_CREATION",
    osquery.RENAMED: "FILE_MOVE",
    osquery.CHANGED: "FILE_MODIFICATION",
}

OF_PROCESSES: Mapping[str, str] = {
    "Image": "target.process.file.full_path",
    "CommandLine": "target.process.command_line",
    "ProcessId": "target.process.pid",
    "ParentImage": "principal.process.file.full_path",
    "ParentCommandLine": "principal.process.command_line",
    "ParentProcessId": "principal.process.pid",
    "User": "principal.user.userid",
}
OF_FILES: Mapping[str, str] = {
    "Image": "principal.process.file.full_path",
    "CommandLine": "principal.process.command_line",
    "ProcessId": "principal.process.pid",
    "SourceFilename": "src.file.full_path",
    "TargetFilename": "target.file.full_path",
    "User": "principal.user.userid",
}


def events(native: Native) -> list[Event]:
    """The one UDM event of a row; none of a fork, which no page names a type for."""
    row = osquery.told(native)
    if row.event_id not in TYPES:
        return []
    places = OF_PROCESSES if native.channel == osquery.PROCESSES else OF_FILES
    record: dict[str, Value] = {
        **times(native),
        "metadata.event_type": TYPES[row.event_id],
        "metadata.log_type": LOG_TYPE,
        "principal.asset.hostname": native.computer,
        "principal.hostname": native.computer,
        "principal.platform": "MAC",
    }
    record |= {place: row.data[name] for name, place in places.items() if name in row.data}
    return [Event(native.time, LOG_TYPE, record)]
