"""Proposes what a rule should ask of an event, field by field, with a reason for each.

``FIELDS`` says for each log source what is worth asking for and in which order; everything else in the event is of one
host or one run: process ids, accounts, times, hashes, the drive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stagewatch.lists.model import Lists, NamedList
from stagewatch.new.condition import Group, Item
from stagewatch.new.event import Event
from stagewatch.new.lines import of_line, of_script
from stagewatch.new.values import base_name, escaped, extension, is_random, tail, unix_folder, windows_folder

GENERIC_WRITERS = frozenset(
    {
        "system",
        "explorer.exe",
        "svchost.exe",
        "dllhost.exe",
        "msiexec.exe",
        "services.exe",
        "taskhostw.exe",
        "bash",
        "sh",
    }
)
"""Programs that write for others: their name says nothing of what is done."""

EXECUTABLE = frozenset({".exe", ".dll", ".sys", ".ps1", ".bat", ".cmd", ".vbs", ".js", ".sh", ".py", ".txt", ".log"})
"""Endings that so many files have that the name says more."""

LISTED_FOR = frozenset(
    {
        "CompressionToolList",
        "StagingDirectoryList",
        "ArchiveUtilities",
        "CopyToolPatterns",
        "RemotePathPatterns",
        "StorageMountPaths",
    }
)
"""What a list must be for to be proposed; the others hold what is benign."""

_BENIGN = re.compile(r"browser|installer|report|backup|quarantine|build|log_shipper|desktop|web_server")


@dataclass(frozen=True, slots=True)
class Context:
    """What picking looks at beside the event: the named lists, and names that are of one host or account."""

    lists: Lists | None
    identities: frozenset[str]


def propose(event: Event, context: Context) -> list[Group]:
    """Everything worth asking for, the asked for first; what is there twice is there once."""
    groups: list[Group] = []
    for pick in PICKS[str(event.source)]:
        for group in pick(event, context):
            if all(group.name != other.name or group.alternatives != other.alternatives for other in groups):
                groups.append(group)
    named: dict[str, int] = {}
    for place, group in enumerate(groups):
        named[group.name] = named.get(group.name, 0) + 1
        if named[group.name] > 1:
            groups[place] = replace(group, name=f"{group.name}_{named[group.name]}")
    return groups


def asked_field(event: Event, name: str) -> Group:
    """A group for a field that the user names: its whole value, escaped. Raises :class:`KeyError` where it has none."""
    value = event.fields[name]
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "field"
    return Group(slug, (Item(name, (escaped(value),)),), f"{name}: its whole value, because you ask for it")


def _program(event: Event, context: Context) -> Iterator[Group]:
    image = event.fields.get("Image", "")
    name = base_name(image)
    if not name or is_random(name.partition(".")[0]):
        return
    items = [_ending("Image", image)]
    original = event.fields.get("OriginalFileName", "-")
    if event.source.product == "windows" and original not in ("-", "?", ""):
        items.append(Item("OriginalFileName", (escaped(original),)))
    listed = _listed(event, items, context)
    if listed is not None:
        yield listed
        return
    more = " or its original name, in case it was renamed" if len(items) > 1 else ""
    yield Group("img", tuple(items), f"Image: the program, wherever it lies{more}")


def _ending(name: str, path: str) -> Item:
    """The last part of a path, wherever it lies."""
    found = tail(path)
    return Item(name, (escaped(found),), "endswith" if found[:1] in "\\/" else "")


def _command(event: Event, context: Context) -> Iterator[Group]:
    line = event.fields.get("CommandLine", "")
    found = of_line(line, event.source.product == "windows", context.identities)
    if found:
        values = tuple(escaped(value) for value in found)
        item = Item("CommandLine", values, "contains", is_all=len(values) > 1)
        yield Group(
            "cli", (item,), "CommandLine: switches, commands and places; names, hosts and passwords are left out"
        )


def _parent(event: Event, context: Context) -> Iterator[Group]:
    image = event.fields.get("ParentImage", "")
    name = base_name(image)
    if len(name) > 1 and not is_random(name.partition(".")[0]) and name.lower() not in context.identities:
        item = _ending("ParentImage", image)
        yield Group("parent", (item,), "ParentImage: whoever acts chooses how to start it", is_asked=False)


def _folder(name: str, *, is_asked: bool = True) -> Callable[[Event, Context], Iterator[Group]]:
    def pick(event: Event, context: Context) -> Iterator[Group]:
        path = event.fields.get(name, "")
        windows = event.source.product == "windows"
        items = [Item(name, (path,), "contains"), Item(name, (path,), "startswith")]
        listed = _listed(event, items, context)
        if listed is not None:
            yield replace(listed, is_asked=is_asked)
            return
        folder = windows_folder(path) if windows else unix_folder(path)
        if folder is None or any(part.lower() in context.identities for part in re.split(r"[\\/:]", folder)):
            return
        modifier = "contains" if windows or not path.startswith(folder) else "startswith"
        item = Item(name, (escaped(folder),), modifier)
        yield Group("folder", (item,), f"{name}: its directory, without drive and user", is_asked=is_asked)

    return pick


def _extension(name: str) -> Callable[[Event, Context], Iterator[Group]]:
    def pick(event: Event, context: Context) -> Iterator[Group]:
        path = event.fields.get(name, "")
        found = extension(path)
        file = base_name(path)
        is_named = len(file) > 3 and not is_random(file.partition(".")[0]) and file.lower() not in context.identities
        if found is None or (found.lower() in EXECUTABLE and is_named):
            if is_named:
                item = _ending(name, path)
                yield Group("file", (item,), f"{name}: the name of the file, since its ending says little")
            return
        listed = _listed(event, [Item(name, (found,), "endswith")], context)
        if listed is not None:
            yield listed
        else:
            yield Group("extension", (Item(name, (found,), "endswith"),), f"{name}: the kind of file")

    return pick


def _writer(event: Event, context: Context) -> Iterator[Group]:
    name = base_name(event.fields.get("Image", "")).lower()
    for group in _program(event, context):
        told = "Image: the writer; Falcon's file events carry none, and any program can write"
        yield (
            replace(group, is_asked=False, reason=told)
            if name not in GENERIC_WRITERS
            else replace(group, is_asked=False, reason=f"Image: {name} writes for others")
        )


def _script(event: Event, context: Context) -> Iterator[Group]:
    found = of_script(event.fields.get("ScriptBlockText", ""), context.identities)
    if found:
        values = tuple(escaped(value) for value in found)
        item = Item("ScriptBlockText", values, "contains", is_all=len(values) > 1)
        yield Group("script", (item,), "ScriptBlockText: cmdlets, parameters, types and places")


def _number(event: Event, _: Context) -> Iterator[Group]:
    item = Item("EventID", (str(event.event_id),), number=True)
    yield Group("event", (item,), "EventID: the log source holds events of every kind")


def _share(event: Event, context: Context) -> Iterator[Group]:
    name = event.fields.get("ShareName", "").rpartition("\\")[2]
    if name and name.lower() not in context.identities:
        is_asked = name.endswith("$") or event.event_id == 5140
        item = Item("ShareName", (escaped(f"\\{name}"),), "endswith")
        yield Group("share", (item,), "ShareName: the share without the host", is_asked=is_asked)


def _mask(event: Event, context: Context) -> Iterator[Group]:
    mask = event.fields.get("AccessMask", "")
    if mask:
        items = [Item("AccessMask", (mask,)), Item("AccessList", (event.fields.get("AccessList", ""),), "contains")]
        listed = _listed(event, items, context)
        group = Group("access", (items[0],), "AccessMask: the rights that were asked for")
        yield replace(listed or group, is_asked=listed is not None)


def _record(event: Event, context: Context) -> Iterator[Group]:
    """What a record of auditd says, by its type: arguments, a path, a title."""
    fields = event.fields
    items = [Item("type", (fields["type"],))]
    if fields.get("nametype"):
        items.append(Item("nametype", (escaped(fields["nametype"]),)))
    for item in items:
        yield Group(f"record_{item.field}", (item,), f"{item.field}: the kind of record")
    name = base_name(fields.get("a0", "")) if fields["type"] == "EXECVE" else ""
    if name:
        either = (Item("a0", (escaped(name),)), Item("a0", (escaped(f"/{name}"),), "endswith"))
        yield Group("program", either, "a0: the program, with and without its path")
        for place in sorted(one for one in fields if re.fullmatch(r"a[1-9]", one)):
            yield from _argument(place, fields[place])
    if fields["type"] == "SYSCALL" and fields.get("exe"):
        item = Item("exe", (escaped(f"/{base_name(fields['exe'])}"),), "endswith")
        yield Group("exe", (item,), "exe: the program, wherever it lies")
    title = of_line(fields.get("proctitle", ""), False, context.identities)
    if title:
        item = Item("proctitle", tuple(map(escaped, title)), "contains", is_all=len(title) > 1)
        yield Group("title", (item,), "proctitle: the command line")


def _argument(place: str, text: str) -> Iterator[Group]:
    name = f"argument_{place[1:]}"
    is_command = place == "a1" and re.fullmatch(r"[A-Za-z][A-Za-z-]{0,15}", text) is not None
    if (is_command or text.startswith("-")) and len(text) <= 24 and not is_random(text):
        yield Group(name, (Item(place, (escaped(text),)),), f"{place}: a command or switch where it stood")
    elif text.startswith("/") and (folder := unix_folder(text)) is not None:
        modifier = "startswith" if text.startswith(folder) else "contains"
        is_asked = folder.startswith(("/tmp/", "/var/tmp/", "/dev/shm/"))  # noqa: S108  a place to look at, not to use
        yield Group(name, (Item(place, (escaped(folder),), modifier),), f"{place}: a directory", is_asked=is_asked)


def _equals(name: str, reason: str, *, is_asked: bool = True) -> Callable[[Event, Context], Iterator[Group]]:
    def pick(event: Event, _: Context) -> Iterator[Group]:
        value = event.fields.get(name)
        if value:
            slug = re.sub(r"[^a-z0-9]+", "_", name.lower())
            yield Group(slug, (Item(name, (escaped(value),)),), f"{name}: {reason}", is_asked=is_asked)

    return pick


def _method(event: Event, _: Context) -> Iterator[Group]:
    method = event.fields.get("gcp.audit.method_name", "")
    tail = re.sub(r"^(?:v\d\w*|beta|alpha)(?=\.)", "", method)
    item = Item("gcp.audit.method_name", (escaped(tail),), "endswith" if tail != method else "")
    if method:
        yield Group("method", (item,), "gcp.audit.method_name: the call, in any version of the interface")


def _listed(event: Event, items: Sequence[Item], context: Context) -> Group | None:
    """The named list that the event's own values are in, as a group that carries it.

    Of several it is one that ATT&CK's analytics name, and of those the shortest.
    """
    candidates: list[tuple[bool, int, str, Group]] = []
    for named in context.lists.named.values() if context.lists else ():
        if (named.attack and named.attack not in LISTED_FOR) or _BENIGN.search(named.name):
            continue
        group = _of_list(named, items)
        if group is not None and any(item.matches(event.fields) for item in group.alternatives):
            length = sum(len(item.values) for item in group.alternatives)
            candidates.append((not named.attack, length, named.name, group))
    return min(candidates, key=lambda one: one[:3])[3] if candidates else None


def _of_list(named: NamedList, items: Sequence[Item]) -> Group | None:
    """The list under the keys that a pick asks for."""
    forms = {key: form.values for form in named.forms for key in form.keys}
    bound = [replace(item, values=forms[item.key]) for item in items if item.key in forms]
    if not bound:
        return None
    told = f"{' and '.join(item.field for item in bound)}: in the named list {named.name}, asked for as a whole"
    return Group(named.name, tuple(bound), told, list_name=named.name)


_PROCESS = (_program, _command, _parent)
_FILE = (_folder("TargetFilename"), _extension("TargetFilename"), _writer)

PICKS: Mapping[str, tuple[Callable[[Event, Context], Iterator[Group]], ...]] = {
    "windows/process_creation": _PROCESS,
    "linux/process_creation": _PROCESS,
    "macos/process_creation": _PROCESS,
    "windows/file_event": _FILE,
    "linux/file_event": _FILE,
    "macos/file_event": _FILE,
    "windows/ps_script": (_script,),
    "windows/security": (
        _number, _share, _folder("RelativeTargetName"), _extension("RelativeTargetName"), _folder("ObjectName"),
        _extension("ObjectName"), _mask,
    ),
    "linux/auditd": (_record, _folder("name"), _extension("name")),
    "aws/cloudtrail": (
        _equals("eventSource", "the service"), _equals("eventName", "the call"),
        _equals("errorCode", "what was denied", is_asked=False),
        _equals("requestParameters.attributeType", "what is changed", is_asked=False),
    ),
    "azure/activitylogs": (
        _equals("operationName", "the operation, whatever its case"),
        _equals("resultType", "how it ended; portal and event hubs call it otherwise", is_asked=False),
    ),
    "gcp/gcp.audit": (_method,),
}  # fmt: skip
"""Log source -> what is picked, in this order."""
