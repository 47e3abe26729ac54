"""Checks of the Sigma specification where pySigma lets something pass that then means nothing, or something else.

https://sigmahq.io/sigma-specification/ (version 2.1.0).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from stagewatch.check.model import Check, Checked, Code, Remark, Severity, Subject
from stagewatch.pack import PackFilter

_MISSING: Mapping[str, tuple[str, Severity, str]] = {
    "level": ("SW021", "warning", "Platforms rank alerts by it; without one each target takes a default of its own."),
    "status": ("SW022", "warning", "Nobody can tell a draft from a rule that has proven itself."),
    "description": ("SW023", "warning", "The one who gets the alert is not told what the rule means to find."),
    "author": ("SW024", "note", "Nobody can be asked, and SigmaHQ takes no rule without one."),
    "date": ("SW025", "note", "Nobody can tell how old the rule is, and SigmaHQ takes no rule without one."),
    "falsepositives": ("SW026", "note", "The one who gets the alert is not told what else may raise it."),
    "references": ("SW027", "note", "Nobody can read up on what the rule is about."),
}
"""Key -> code, severity and what its lack does."""

CODES = (
    Code(
        "SW011",
        "A rule has no id",
        "warning",
        "Versions, fixtures, filters and the platforms know a rule by its id; it has none of them without.",
        "Give it a random UUID (version 4) and never change it.",
    ),
    Code(
        "SW012",
        "An id is not a random UUID",
        "warning",
        "The specification asks for version 4: an id made otherwise may be made a second time elsewhere.",
        "Take a random UUID, for instance from uuidgen or python -c 'import uuid; print(uuid.uuid4())'.",
    ),
    Code(
        "SW013",
        "A date is not written as ISO 8601 has it",
        "warning",
        "The specification asks for YYYY-MM-DD; other tools refuse the rule or sort it wrongly.",
        "Write it as YYYY-MM-DD.",
        fixable=True,
    ),
    Code(
        "SW014",
        "A rule was modified before it was made, or without having been made",
        "warning",
        "One of the two dates is wrong.",
        "Let date be the day on which the rule was made, and modified a later one or none.",
    ),
    Code(
        "SW015",
        "A key looks like a misspelt one",
        "warning",
        "Tools pass over keys that they do not know, so what it says has no effect.",
        "Correct the key, or give a key of your own a name that is not like one of Sigma's.",
    ),
    Code(
        "SW016",
        "A section has a key that Sigma does not know there",
        "warning",
        "The key has no effect: the rule asks for less, or for something else, than it seems to.",
        "Correct the key or take it away.",
    ),
    Code(
        "SW017",
        "A detection has a timeframe",
        "warning",
        "It has no effect: a window is a correlation's business since version 2 of the specification.",
        "Write a correlation with a timespan that refers to this rule.",
    ),
    Code(
        "SW018",
        "A rule is related to itself, or twice to another",
        "warning",
        "One of the ids is wrong.",
        "Name each other rule once, under its own id.",
    ),
    Code(
        "SW019",
        "A reference is no web address",
        "note",
        "A reader cannot follow it.",
        "Give the address of a public page, beginning with https://.",
    ),
    Code(
        "SW020",
        "A reference is not encrypted",
        "note",
        "Somebody on the way can change what a reader is shown.",
        "Use https://, or a copy in a web archive.",
    ),
    Code(
        "SW029",
        "A log source looks like a misspelt one",
        "error",
        "No platform has such a log source, so that the rule is converted for none.",
        "Correct it as the taxonomy of Sigma has it.",
    ),
    *(
        Code(name, f"A rule has no {key}", severity, why, f"Add {key}, as the Sigma specification describes it.")
        for key, (name, severity, why) in _MISSING.items()
    ),
)

KEYS = frozenset(
    {
        "title", "id", "name", "taxonomy", "related", "status", "description", "license", "author",
        "references", "date", "modified", "logsource", "detection", "fields", "falsepositives", "level", "tags",
        "scope", "correlation", "filter", "regression_tests_path", "simulation",
    }
)  # fmt: skip
"""Keys of a document: those of the specification and the two that SigmaHQ adds."""

SECTIONS: Mapping[str, frozenset[str]] = {
    "logsource": frozenset({"category", "product", "service", "definition"}),
    "correlation": frozenset({"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}),
}

NEAR = 0.8
"""How alike two keys must be (difflib's ratio) for one to be a misspelling of the other."""

CATEGORIES = frozenset(
    {
        "antivirus", "application", "clipboard_capture", "create_remote_thread", "create_stream_hash",
        "database", "dns", "dns_query", "driver_load", "file_access", "file_block_executable",
        "file_block_shredding", "file_change", "file_delete", "file_delete_detected", "file_event",
        "file_executable_detected", "file_rename", "firewall", "image_load", "network_connection",
        "pipe_created", "process_access", "process_creation", "process_tampering", "process_termination",
        "proxy", "ps_classic_provider_start", "ps_classic_script", "ps_classic_start", "ps_module", "ps_script",
        "raw_access_thread", "registry_add", "registry_delete", "registry_event", "registry_rename",
        "registry_set", "sysmon_error", "sysmon_status", "webserver", "wmi_event",
    }
)  # fmt: skip
PRODUCTS = frozenset(
    {
        "aws", "azure", "bitbucket", "cisco", "django", "fortigate", "gcp", "github", "google_workspace",
        "huawei", "juniper", "jvm", "kubernetes", "linux", "m365", "macos", "nodejs", "okta", "onelogin",
        "opencanary", "paloalto", "python", "qualys", "rpc_firewall", "ruby_on_rails", "spring", "sql",
        "velocity", "vmware", "windows", "zeek",
    }
)  # fmt: skip
"""The taxonomy's names of log sources (specification, appendix taxonomy; services are too many to tell a slip from)."""

LOG_SOURCE_NEAR = 0.85


def identity(checked: Checked) -> Iterator[Remark]:
    """Ids that are not there or not random."""
    for subject in checked.subjects:
        given = subject.document.get("id")
        if given is None:
            yield _remark(subject, "SW011", "the rule has no id")
        elif _version(given) != 4:
            yield _remark(subject, "SW012", f"the id {given} is not a random UUID (version 4)", "id")


def _version(given: object) -> int | None:
    try:
        return uuid.UUID(str(given)).version
    except ValueError:
        return None


def dates(checked: Checked) -> Iterator[Remark]:
    """Dates in another form, or in an order that cannot be."""
    for subject in checked.subjects:
        for key in ("date", "modified"):
            given = subject.document.get(key)
            if isinstance(given, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
                yield _remark(subject, "SW013", f"{key}: {given} is not written as YYYY-MM-DD", key)
            elif isinstance(given, dt.datetime):
                yield _remark(subject, "SW013", f"{key}: {given} has a time of day", key)
        loaded = subject.entry.filter if isinstance(subject.entry, PackFilter) else subject.entry.rule
        made, changed = loaded.date, loaded.modified
        if changed is not None and made is None:
            yield _remark(subject, "SW014", f"the rule was modified on {changed} and has no date", "modified")
        elif changed is not None and made is not None and changed < made:
            yield _remark(subject, "SW014", f"the rule was modified on {changed}, before its date {made}", "modified")


def keys(checked: Checked) -> Iterator[Remark]:
    """Keys that have no effect."""
    for subject in checked.subjects:
        for key in subject.document.keys() - KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1, NEAR)
            if near:
                yield _remark(subject, "SW015", f"the key {key} has no effect; {near[0]} is meant, it seems", key)
        for section, known in SECTIONS.items():
            found = subject.document.get(section)
            for key in found.keys() - known if isinstance(found, dict) else ():
                message = f"{section} has no key {key}: it has no effect"
                yield _remark(subject, "SW016", message, section, key)
        detection = subject.document.get("detection")
        if isinstance(detection, dict) and "timeframe" in detection:
            yield _remark(subject, "SW017", "the timeframe has no effect", "detection", "timeframe")


def missing(checked: Checked) -> Iterator[Remark]:
    """Keys that a rule should have. A filter is no rule: it has no level, and its status says nothing."""
    for subject in checked.subjects:
        if not isinstance(subject.entry, PackFilter):
            for key, (code, _, _) in _MISSING.items():
                if subject.document.get(key) in (None, "", []):
                    yield _remark(subject, code, f"the rule has no {key}")


def related(checked: Checked) -> Iterator[Remark]:
    """Relations of a rule to itself, or the same one twice."""
    for subject in checked.subjects:
        seen = {str(subject.document.get("id")).lower()}
        for index, one in enumerate(_list(subject.document.get("related"))):
            identifier = str(one.get("id")).lower() if isinstance(one, dict) else ""
            if identifier in seen:
                message = f"the rule names {identifier} as related, which is itself or named before"
                yield _remark(subject, "SW018", message, "related", index)
            seen.add(identifier)


def references(checked: Checked) -> Iterator[Remark]:
    """References that cannot be followed, or not safely."""
    for subject in checked.subjects:
        for index, one in enumerate(_list(subject.document.get("references"))):
            try:
                scheme, host = urlsplit(str(one))[:2]
            except ValueError:
                scheme = host = ""
            if scheme not in ("http", "https") or not host:
                yield _remark(subject, "SW019", f"the reference {one} is no web address", "references", index)
            elif scheme == "http":
                yield _remark(subject, "SW020", f"the reference {one} is not encrypted", "references", index)


def log_sources(checked: Checked) -> Iterator[Remark]:
    """Log sources that are nearly one of Sigma's."""
    for subject in checked.subjects:
        source = subject.document.get("logsource")
        for key, known in (("category", CATEGORIES), ("product", PRODUCTS)):
            given = source.get(key) if isinstance(source, dict) else None
            if isinstance(given, str) and given not in known:
                near = difflib.get_close_matches(given.lower(), known, 1, LOG_SOURCE_NEAR)
                if near:
                    message = f"the {key} {given} is unknown; {near[0]} is meant, it seems"
                    yield _remark(subject, "SW029", message, "logsource", key)


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _remark(subject: Subject, code: str, message: str, *steps: object) -> Remark:
    return Remark(code, subject.places(*steps), message, rule=subject.entry.source.stem)


CHECKS: tuple[Check, ...] = (identity, dates, keys, missing, related, references, log_sources)
