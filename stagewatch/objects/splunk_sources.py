"""What Splunk's events say of who and what was involved, by log source, and the macros that name the events.

Fields are those of the events themselves, as the pipeline ``pipelines/splunk.yml`` names them: the searches keep every
field of an event, so these are in their results. Types of risk and threat objects are those of splunk/contentctl.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from stagewatch.objects.base import Deployable

MACROS: Mapping[str, str] = {
    "stagewatch_auditd": '(index=* sourcetype="auditd")',
    "stagewatch_aws_cloudtrail": '(index=* sourcetype="aws:cloudtrail")',
    "stagewatch_azure_activity": '(index=* sourcetype="azure:monitor:activity")',
    "stagewatch_gcp_audit": '(index=* sourcetype="google:gcp:pubsub:*")',
    "stagewatch_osquery": '(index=* sourcetype="osquery:results")',
    "stagewatch_powershell": '(index=* source="XmlWinEventLog:Microsoft-Windows-PowerShell/Operational")',
    "stagewatch_sysmon": '(index=* source="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational")',
    "stagewatch_sysmon_linux": '(index=* source="Syslog:Linux-Sysmon/Operational")',
    "stagewatch_windows_security": '(index=* source="XmlWinEventLog:Security")',
}
"""Macro -> its definition until a site names its indexes (docs/targets/splunk.md)."""


@dataclass(frozen=True, slots=True)
class Source:
    """The fields of a log source's events.

    ``risk`` maps fields to ``system`` or ``user``, ``threats`` to a type of threat object; the first in order matters
    most. Results with equal ``throttle`` fields are one finding: one process, one session, one call. ``pivot`` is the
    field by which an analyst looks for what else happened.
    """

    domain: str
    risk: Mapping[str, str] = field(default_factory=dict)
    threats: Mapping[str, str] = field(default_factory=dict)
    throttle: tuple[str, ...] = ()
    pivot: str | None = None

    def common(self, other: Source) -> Source:
        """What the events of both have."""
        return Source(
            self.domain if self.domain == other.domain else "threat",
            {name: kind for name, kind in self.risk.items() if other.risk.get(name) == kind},
            {name: kind for name, kind in self.threats.items() if other.threats.get(name) == kind},
            self.throttle if self.throttle == other.throttle else (),
            self.pivot if self.pivot == other.pivot else None,
        )


_UNKNOWN = Source("threat")
_USER = {"Computer": "system", "User": "user"}
_SUBJECT = {"Computer": "system", "SubjectUserName": "user"}
_PROCESS = Source("endpoint", _USER, {"CommandLine": "process"}, ("Computer", "ProcessGuid"), "Computer")
_FILE = Source("endpoint", _USER, {"TargetFilename": "file_path"}, ("Computer", "ProcessGuid"), "Computer")
_OBJECT = Source(
    "endpoint", _SUBJECT, {"ObjectName": "file_path"}, ("Computer", "SubjectLogonId", "ProcessId"), "Computer"
)
_SHARE = Source(
    "endpoint", _SUBJECT, {"IpAddress": "ip_address"}, ("Computer", "SubjectLogonId", "ShareName"), "Computer"
)

SOURCES: Mapping[str, Source] = {
    "windows/process_creation": _PROCESS,
    "linux/process_creation": _PROCESS,
    "windows/file_event": _FILE,
    "linux/file_event": _FILE,
    "windows/ps_script": Source("endpoint", {"Computer": "system"}, {}, ("Computer", "ScriptBlockId"), "Computer"),
    "windows/security": Source("endpoint", _SUBJECT, {}, ("Computer", "EventRecordID"), "Computer"),
    "linux/auditd": Source("endpoint", {"host": "system"}, {}, ("host", "msg"), "host"),
    "macos/process_creation": Source(
        "endpoint",
        {"hostIdentifier": "system", "columns.username": "user"},
        {"columns.cmdline": "process"},
        ("hostIdentifier", "columns.pid"),
        "hostIdentifier",
    ),
    "aws/cloudtrail": Source(
        "threat", {"userIdentity.arn": "user"}, {"sourceIPAddress": "ip_address"}, ("eventID",), "sourceIPAddress"
    ),
    "azure/activitylogs": Source(
        "threat",
        {"identity.authorization.evidence.principalId": "user"},
        {"callerIpAddress": "ip_address"},
        ("correlationId", "operationName"),
        "correlationId",
    ),
    "gcp/gcp.audit": Source(
        "threat",
        {"data.protoPayload.authenticationInfo.principalEmail": "user"},
        {"data.protoPayload.requestMetadata.callerIp": "ip_address"},
        ("data.insertId",),
    ),
}
"""Log source -> its fields. The security domain of cloud logs is that of Splunk's own searches on them
(splunk/security_content, ``detections/cloud/``)."""

SECURITY: Mapping[int, Source] = {
    4656: _OBJECT,
    4663: _OBJECT,
    4688: Source("endpoint", _SUBJECT, {"CommandLine": "process"}, ("Computer", "NewProcessId"), "Computer"),
    5140: _SHARE,
    5145: _SHARE,
}
"""Event of the Security log -> its fields, of which events of other numbers have other ones."""

_OTHER_LOGS = frozenset({1, 11, 4104})
"""Numbers that a search may name for Sysmon's and PowerShell's logs."""

_EVENT_CODES = re.compile(r"\bEventCode(?:=(\d+)| IN \((\d+(?:, \d+)*)\))")
_BY = re.compile(r"^\| streamstats .* BY (\S+(?:, \S+)*)$", re.MULTILINE)
_MACRO = re.compile(r"`(\w+)`", re.ASCII)


def query_of(rule: Deployable) -> str:
    """The search that the target wrote."""
    return rule.rendered.files[".spl"]


def macros_of(rule: Deployable) -> tuple[str, ...]:
    """The macros that a rule's search reads from. A backtick stands nowhere else in it."""
    return tuple(sorted(set(_MACRO.findall(query_of(rule)))))


def keys_of(rule: Deployable) -> tuple[str, ...]:
    """The fields by which a correlation's search groups, as its results name them."""
    found = _BY.search(query_of(rule)) if rule.description.correlation is not None else None
    return tuple(found[1].split(", ")) if found else ()


def source_of(rule: Deployable) -> Source:
    """The fields that every result of a rule's search may be expected to have.

    The results of a correlation are the events that complete it, of any of its log sources; they have its group-by
    fields besides, and what has the same is one finding.
    """
    codes = {int(code) for one, many in _EVENT_CODES.findall(query_of(rule)) for code in (one or many).split(", ")}
    known = [known for name in rule.description.sources for known in _known(name, codes - _OTHER_LOGS)]
    source = reduce(Source.common, known) if known else _UNKNOWN
    if rule.description.correlation is None:
        return source
    keys = keys_of(rule)
    return Source(
        source.domain,
        {**_typed(keys, "risk"), **source.risk},
        {**_typed(keys, "threats"), **source.threats},
        keys,
        source.pivot if source.pivot in keys else next(filter(str.isidentifier, keys), source.pivot),
    )


def _known(name: str, codes: set[int]) -> Sequence[Source]:
    if name == "windows/security" and codes and codes <= SECURITY.keys():
        return [SECURITY[code] for code in sorted(codes)]
    return [SOURCES.get(name, _UNKNOWN)]


def _typed(keys: Sequence[str], kind: str) -> dict[str, str]:
    """Those of a correlation's group-by fields that name a risk or threat object on any log source.

    A key that the branches name differently is a field ``group_<name>`` of its own.
    """
    everywhere: dict[str, str] = {}
    for source in (*SOURCES.values(), *SECURITY.values()):
        everywhere.update(getattr(source, kind))
    return {key: everywhere[name] for key in keys if (name := key.removeprefix("group_")) in everywhere}
