"""Further events made from one: such as the rule must hit all the same, and near misses that it must not hit.

A near miss breaks one group of the selection and leaves the others as they are, so that each condition of the rule is
guarded by an event. Every event made is tried on the selection before it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from stagewatch.new.breaks import breaks
from stagewatch.new.condition import Group, Item, matches, plain
from stagewatch.new.event import Event
from stagewatch.new.sources import LINUX_PC, WINDOWS_PC
from stagewatch.new.values import base_name
from stagewatch.telemetry.native import SYSMON, SYSMON_LINUX

MOST = 24
"""Events of one file."""

FEWEST = 5
"""Events of one file that a fixture should have at least."""

Changes = Mapping[str, str | None]


class Case(NamedTuple):
    """An event and what it is about."""

    label: str
    event: Event


@dataclass(frozen=True, slots=True)
class Cases:
    """The events that must match and those that must not."""

    hits: tuple[Case, ...]
    misses: tuple[Case, ...]


OTHERS: Mapping[str, tuple[tuple[str, Changes], ...]] = {
    "windows": (
        ("on another host", {"Computer": "SRV-APP-03.corp.example"}),
        ("by another account", {"User": r"CORP\asmith", "SubjectUserName": "asmith"}),
        ("as the system itself", {"User": r"NT AUTHORITY\SYSTEM", "SubjectUserName": "SRV-APP-03$"}),
        ("from another program", {"ParentImage": r"C:\Windows\explorer.exe", "ProcessId": "4120"}),
        ("from another address", {"IpAddress": "10.1.9.8", "IpPort": "49777"}),
        ("from a script in a file", {"Path": r"C:\Scripts\job.ps1"}),
        ("in a script of several parts", {"MessageNumber": "2", "MessageTotal": "3"}),
    ),
    "linux": (
        ("on another host", {"Computer": "srv-db-01.corp.example"}),
        ("on a third host", {"Computer": "bastion-1.corp.example"}),
        ("with another place on the disk", {"inode": "7077", "dev": "fd:01", "ouid": "0"}),
        ("by another account", {"User": "asmith", "uid": "1002"}),
        ("by root", {"User": "root", "uid": "0"}),
        ("from another shell", {"ParentImage": "/usr/bin/zsh", "tty": "pts1"}),
        ("from another directory", {"CurrentDirectory": "/opt", "cwd": "/opt"}),
        ("by another process", {"ProcessId": "4120", "pid": "4120"}),
    ),
    "macos": (
        ("on another host", {"Computer": "mac-9.local"}),
        ("by another account", {"User": "asmith"}),
        ("from another directory", {"CurrentDirectory": "/Users/Shared"}),
        ("by another process", {"ProcessId": "4120"}),
        ("by another parent", {"ParentProcessId": "1"}),
    ),
    "aws": (
        ("in another region", {"awsRegion": "us-east-1"}),
        ("from another address", {"sourceIPAddress": "203.0.113.9"}),
        ("with another tool", {"userAgent": "Boto3/1.34.0"}),
        ("by another user", {"userIdentity.userName": "asmith"}),
        ("that was denied", {"errorCode": "AccessDenied"}),
    ),
    "azure": (
        ("from another address", {"callerIpAddress": "203.0.113.9"}),
        ("in another place", {"location": "westeurope"}),
        ("in another request", {"correlationId": "8cc90072-e98d-499c-8a3e-1f2f1e0c9a11"}),
        ("that took longer", {"durationMs": "1200"}),
        ("on another resource", {"resourceId": "/SUBSCRIPTIONS/8A4DE8B5-095C-47D0-A96F-A75130C61D53"}),
    ),
    "gcp": (
        ("from another address", {"data.protoPayload.requestMetadata.callerIp": "203.0.113.9"}),
        ("by another account", {"data.protoPayload.authenticationInfo.principalEmail": "asmith@corp.example"}),
        ("on another resource", {"data.protoPayload.resourceName": "projects/corp-test/global/other"}),
        ("of another severity", {"data.severity": "INFO"}),
        ("with another number", {"data.insertId": "-f1154bc52f9d"}),
    ),
}  # fmt: skip
"""What may differ from one occurrence to the next without changing what it is, by product."""

ADDED = frozenset({"errorCode", "Path"})
"""Fields that are also set where the event has none."""


def cases(event: Event, groups: Sequence[Group], label: str, others: Sequence[Case] = ()) -> Cases:
    """All events of the fixture: ``event`` itself and what is made of it, ``others`` and near misses."""
    hits = _distinct([Case(label, event), *_hits(event, groups)])
    misses = _distinct([*others, *_misses(event, groups)])
    return Cases(tuple(hits[:MOST]), tuple(misses[:MOST]))


def _distinct(found: Sequence[Case]) -> list[Case]:
    """Each label and each event once."""
    kept: dict[str, Case] = {}
    for case in found:
        if case.label not in kept and all(case.event.document != other.event.document for other in kept.values()):
            kept[case.label] = case
    return list(kept.values())


def _tried(event: Event, groups: Sequence[Group], label: str, changes: Changes) -> Iterator[Case]:
    """The changed event, where it is another and the selection still hits it."""
    made = event.changed(changes)
    if made.document != event.document and matches(groups, made.fields):
        yield Case(label, made)


def _hits(event: Event, groups: Sequence[Group]) -> Iterator[Case]:
    asked = tuple(dict.fromkeys(item.field for group in groups for item in group.alternatives))
    cased = [name for name in asked if name in event.source.cased and name in event.fields]
    if cased:
        for label, fold in (("in capitals", _upper), ("in small letters", _lower), ("in both cases", _swapped)):
            yield from _tried(event, groups, label, {name: fold(event.fields[name]) for name in cased})
    for group in groups:
        yield from _alternatives(event, groups, group)
        yield from _listed(event, groups, group)
    if "CommandLine" in event.fields:
        line = event.fields["CommandLine"]
        yield from _tried(event, groups, "with another argument behind", {"CommandLine": f"{line} more"})
    if event.fields.get("type") == "EXECVE":
        free = next(f"a{number}" for number in range(1, 16) if f"a{number}" not in event.fields or number == 15)
        yield from _tried(event, groups, "with another argument behind", {free: "more"})
    yield from _elsewhere(event, groups)
    for label, changes in OTHERS[event.source.product]:
        there = {name: value for name, value in changes.items() if name not in asked and _is_there(event, name)}
        if there:
            yield from _tried(event, groups, label, there)


def _is_there(event: Event, name: str) -> bool:
    return name in event.fields or (name in ADDED and not event.source.is_framed)


def _alternatives(event: Event, groups: Sequence[Group], group: Group) -> Iterator[Case]:
    """For each alternative of a group an event that only it tells."""
    for kept in group.alternatives:
        changes = dict(_satisfied(kept, event.fields) or {})
        for item in group.alternatives:
            if item is not kept and item.matches(event.changed(changes).fields):
                broken = next((value for _, value in breaks(item, event.fields[item.field]) if value), None)
                changes |= {} if broken is None or item.field == kept.field else {item.field: broken}
        made = event.changed(changes)
        told = [item for item in group.alternatives if item.matches(made.fields)]
        if told == [kept] and len(group.alternatives) > 1:
            renamed = kept.field != "Image" and any(item.field == "Image" for item in group.alternatives)
            what = "renamed, " if renamed else ""
            yield from _tried(event, groups, f"{what}told by {kept.key} alone", changes)


def _listed(event: Event, groups: Sequence[Group], group: Group) -> Iterator[Case]:
    """Another entry of a named list."""
    if not group.list_name:
        return
    (item, *_) = group.alternatives
    for value in item.values:
        changes = _satisfied(item, event.fields, value)
        if changes and not any(one.matches(event.fields) and one.values == (value,) for one in group.alternatives):
            made = list(_tried(event, groups, f"another of {group.list_name}: {plain(value)}", changes))
            if made:
                yield made[0]
                return


def _satisfied(item: Item, fields: Mapping[str, str], value: str | None = None) -> Changes | None:
    """A value of the item's field that it asks for; None where that cannot be told."""
    text = fields.get(item.field, "")
    if item.number or item.is_all or (value is None and item.matches(fields)):
        return None
    wanted = plain(value if value is not None else item.values[0]).replace("*", "x").replace("?", "x")
    name = base_name(text) or "o.bin"
    if item.modifier == "endswith":
        stem = text[: len(text) - len(name)] if wanted[:1] in "\\/" else text.rpartition(".")[0]
        return {item.field: f"{stem.rstrip(wanted[:1])}{wanted}"}
    if item.modifier == "startswith":
        return {item.field: f"{wanted}{name}"}
    if item.modifier == "contains" and "\\" in wanted:
        front = "C" if wanted.startswith(":") else "C:\\Users\\jdoe" if wanted.startswith("\\AppData") else "C:"
        return {item.field: f"{front}{wanted}{name}"}
    return {item.field: wanted}


def _elsewhere(event: Event, groups: Sequence[Group]) -> Iterator[Case]:
    """The same deeper below, under another name, on another drive."""
    for name in ("TargetFilename", "RelativeTargetName", "ObjectName", "name"):
        path = event.fields.get(name)
        if not path:
            continue
        file = base_name(path)
        front = path[: len(path) - len(file)]
        sign = "/" if path.startswith("/") else "\\"
        yield from _tried(event, groups, "one directory deeper", {name: f"{front}part{sign}{file}"})
        yield from _tried(event, groups, "under another name", {name: f"{front}n2{file}"})
        if path[1:3] == ":\\":
            drive = "E" if path[0].upper() != "E" else "F"
            yield from _tried(event, groups, "on another drive", {name: f"{drive}{path[1:]}"})


def _misses(event: Event, groups: Sequence[Group]) -> Iterator[Case]:
    """Near misses: of each group in turn, so that each is guarded even where there are too many."""
    found = [list(_of_group(event, groups, group)) for group in groups]
    for row in zip_longest(*found):
        yield from (case for case in row if case is not None)
    yield from _of_other_kind(event, groups)


def _of_group(event: Event, groups: Sequence[Group], group: Group) -> Iterator[Case]:
    """Events that differ from the one only in what a group asks for."""
    held = [item for item in group.alternatives if item.matches(event.fields)]
    broken = [list(breaks(item, event.fields[item.field])) for item in held]
    if not all(broken):
        return
    rest = [other for other in groups if other is not group]
    for number in range(max(map(len, broken))):
        told = [options[min(number, len(options) - 1)] for options in broken]
        changes = {item.field: value for item, (_, value) in zip(held, told, strict=True)}
        made = event.changed(changes)
        if not group.matches(made.fields) and matches(rest, made.fields):
            yield Case(f"{held[0].field}: {told[0][0]}", made)


def _of_other_kind(event: Event, groups: Sequence[Group]) -> Iterator[Case]:
    """The same said by an event of another kind, or of another system: what the log source guards."""
    source = event.source
    if source.category == "file_event" and source.says_labels:
        kept = {"CreationUtcTime": None, "Hashes": "-", "IsExecutable": "false", "Archived": "true"}
        yield Case("the file is deleted, not created", event.changed({**kept, "EventID": "23"}))
    if source.says_labels:
        made = _on_the_other_system(event)
        if matches(groups, made.fields):  # else something else tells them apart, and the event guards nothing
            yield Case(f"the same on {'Windows' if source.product == 'linux' else 'Linux'}", made)
    if source.category == "ps_script":
        yield Case("the same as event 4103", event.changed({"EventID": "4103"}))
    if source.product == "macos":
        ended = "write" if source.category == "file_event" else "exit"
        yield Case(f"the same as an event of the type {ended}", event.changed({"event_type": ended}))


def _on_the_other_system(event: Event) -> Event:
    """The same words in an event of Linux or Windows. A platform may know the system by its host or by its paths."""
    to_windows = event.source.product == "linux"
    provider, computer = (SYSMON, WINDOWS_PC) if to_windows else (SYSMON_LINUX, LINUX_PC)
    front = r"C:\cygwin64" if to_windows else "/home/jdoe/"
    paths = {name: f"{front}{event.fields[name]}" for name in ("Image", "TargetFilename") if name in event.fields}
    parent = r"C:\Windows\System32\cmd.exe" if to_windows else "/usr/bin/bash"
    told = {"ParentImage": parent} if event.source.category == "process_creation" else {}
    frame = {"Provider_Name": provider, "Channel": f"{provider}/Operational", "Computer": computer}
    return event.changed({**frame, **paths, **told})


_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = {value: key for key, value in _UPPER.items()}
Fold = Callable[[str], str]


def _upper(text: str) -> str:
    """Capitals of ASCII alone: on which others are one letter, platforms do not agree."""
    return text.translate(_UPPER)


def _lower(text: str) -> str:
    return text.translate(_LOWER)


def _swapped(text: str) -> str:
    return text.translate({**_UPPER, **_LOWER})
