"""Values that their field can never hold, so that they find nothing: shapes of paths, hashes, addresses, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from sigma.rule import SigmaLogSource

from stagewatch import expression as ex
from stagewatch.check import fields
from stagewatch.check.asked import Node, asked_by
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import shown

CODES = (
    Code(
        "SW210",
        "A value can never stand in its field",
        "error",
        "The field never holds such a text, so this value finds nothing. Nobody notices, for the query is valid and "
        "quiet.",
        "Write the value as the event has it; the rule's own events show how.",
    ),
    Code(
        "SW215",
        "A hash has the wrong length",
        "error",
        "A character was lost or added when the hash was copied, so it equals no file's hash.",
        "Copy the hash again from its source.",
    ),
    Code(
        "SW216",
        "An address is none, or its prefix ends in the middle of a number",
        "error",
        "A network is compared as if it were an address, or 10.1 is also the start of 10.100 to 10.199.",
        "Use |cidr with the network.",
    ),
    Code(
        "SW217",
        "The EventID is of another log source",
        "error",
        "The log source asks for events of one kind and EventID for another, so that no event is of both.",
        "Remove the EventID, or name the log source in which the event is.",
    ),
    Code(
        "SW219",
        "A number is asked of a text, or a text of a number",
        "error",
        "The field never holds what it is compared with, and some platforms refuse the query.",
        "Compare a text with text, and a number with a number.",
    ),
)

Found = Iterator[tuple[str, str, str]]
"""Code, what to say behind the value, hint."""

_START = re.compile(r"[a-z]:|\\\\|\\(device|systemroot|\?\?|global\?\?|windows|arcname)\b|\\\?", re.IGNORECASE)
"""How the path of a file begins on Windows: a drive, a share, a device or what the kernel writes for one."""

_FORBIDDEN = re.compile(r'["<>|]')
_NO_FILE = re.compile(r"[^\\.]*")
"""What Windows writes for a process that has no file: System, Registry, a lone hyphen."""

_HASH = re.compile(r"\b(md5|sha1|sha256|sha512|imphash)=([^,\s]*)", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]*", re.IGNORECASE)
_DOTTED = re.compile(r"[0-9.]+")
_OCTETS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}")
_INTEGER = re.compile(r"\s*(0x[0-9a-f]+|-?[0-9]+)\s*", re.IGNORECASE)

SECURITY_FROM = 1100
"""The Security log's lowest number of an event since Windows Vista."""

SECURITY_BEFORE = range(512, 700)
"""Its numbers before that."""

SYSMON_LAST = 29
"""Sysmon's highest number of an event; 255 is an error of its own."""


def values(checked: Checked) -> Iterator[Remark]:
    """Each value that its field can never hold."""
    for asked in asked_by(checked):
        for value in asked.values():
            for code, message, hint in _of_value(value, asked.source):
                yield asked.remark(code, value, f"{shown(value)} {message}", hint)


def _of_value(value: Node, source: SigmaLogSource) -> Found:
    match value.leaf:
        case ex.Number(field, op, _) if field in fields.TEXTS and fields.is_windows(source):
            yield "SW219", f"is compared by {op}, and {field} holds text", ""
        case ex.Text(field, (glob,), _):
            yield from _of_text(field, glob, source)


def _of_text(field: str, glob: ex.Glob, source: SigmaLogSource) -> Found:
    windows = fields.is_windows(source)
    if windows and field in fields.PATHS:
        yield from _path(field, glob)
    elif windows and field in fields.BARE_NAMES and re.search(r"[\\/]", glob.literal):
        yield "SW210", f"holds a folder, and {field} is a name without one", "Leave the folder and its backslash out."
    elif windows and field in fields.BELOW_SHARE:
        yield from _below_share(field, glob)
    elif windows and field == "ShareName" and re.search(r"\b[a-z]:", glob.literal, re.IGNORECASE):
        yield "SW210", "names a drive, and ShareName is \\\\*\\ and the share's name", ""
    if windows and field == "EventID":
        yield from _event(glob, source)
    elif field in fields.NUMBERS and glob.shape is ex.Shape.EQUALS and not _INTEGER.fullmatch(glob.literal):
        yield "SW219", f"is no number, and {field} holds one", ""
    if field in fields.ADDRESSES:
        yield from _address(glob)
    yield from _hash(field, glob)


def _ends(glob: ex.Glob) -> tuple[str, str]:
    """The text that the whole value begins with, and that it ends with; empty where a wildcard stands there."""
    first, last = (glob.parts[0], glob.parts[-1]) if glob.parts else ("", "")
    return (first if isinstance(first, str) else ""), (last if isinstance(last, str) else "")


def _path(field: str, glob: ex.Glob) -> Found:
    """Of the path of a file on Windows."""
    start, end = _ends(glob)
    text = glob.literal
    forbidden = _FORBIDDEN.search(text)
    if forbidden and text != "<unknown process>":
        hint = "Leave the quotes to the command line." if forbidden[0] == '"' else ""
        yield "SW210", f"holds {forbidden[0]}, which no path on Windows can", hint
    elif "/" in text:
        yield "SW210", f"has a forward slash, and Windows writes {field} with backslashes", "Write backslashes."
    elif "%" in start and re.match(r"%\w+%", start):
        yield "SW210", f"begins with a variable, and {field} is the path that it stands for", "Write the path."
    elif end.endswith("\\"):
        yield "SW210", f"ends with a backslash, and {field} ends with a file's name", "Use |contains for a folder."
    elif start and glob.shape is ex.Shape.EQUALS and not _START.match(start) and not _NO_FILE.fullmatch(start):
        yield "SW210", f"is no whole path, and {field} always is one", "Use |endswith with a backslash in front."
    elif start and "\\" in start and not _START.match(start):
        yield "SW210", f"has no drive in front, and {field} begins with one", "Use |contains, or begin with the drive."


def _below_share(field: str, glob: ex.Glob) -> Found:
    start, _ = _ends(glob)
    if start.startswith("\\") and start != "\\":
        yield "SW210", f"begins with a backslash, and {field} begins with a folder's or file's name", "Leave it out."
    elif re.match(r"[a-z]:", start, re.IGNORECASE):
        yield "SW210", f"begins with a drive, and {field} begins below the share", "Leave the drive out."


def _event(glob: ex.Glob, source: SigmaLogSource) -> Found:
    if glob.shape is not ex.Shape.EQUALS:
        return
    if not _INTEGER.fullmatch(glob.literal):
        yield "SW219", "is no number, and EventID holds one", ""
        return
    number = int(glob.literal, 0) if glob.literal.strip().lower().startswith("0x") else int(glob.literal)
    known = fields.EVENTS.get(source.category or "")
    if known is not None and number not in known:
        wanted = ", ".join(map(str, sorted(known)))
        yield "SW217", f"is never the number of a {source.category} event, which is {wanted}", ""
    elif source.service == "security" and number < SECURITY_FROM and number not in SECURITY_BEFORE:
        yield "SW217", f"is no event of the Security log, whose numbers begin with {SECURITY_FROM}", ""
    elif source.service == "sysmon" and SYSMON_LAST < number != 255:
        yield "SW217", f"is no event of Sysmon, whose numbers end with {SYSMON_LAST}", ""


def _address(glob: ex.Glob) -> Found:
    text = glob.literal
    if glob.shape is ex.Shape.EQUALS:
        address, slash, _ = text.partition("/")
        if slash and _is_address(address):
            yield "SW216", "is a network, and is compared as if it were one address", f"Write |cidr: '{text}'."
        elif _DOTTED.fullmatch(text) and "." in text and not _is_address(text):
            yield "SW216", "is no address", "Write the whole address, or |cidr and the network."
    elif glob.shape is ex.Shape.STARTSWITH and _OCTETS.fullmatch(text):
        last = text.rpartition(".")[2]
        if text.count(".") < 3 and int(last) <= 25 and last != "0":
            beyond = f"{text}{'0' if int(last) != 25 else '5'}"
            yield "SW216", f"is the start of {beyond} as well", f"End it with a dot ('{text}.'), or use |cidr."


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _hash(field: str, glob: ex.Glob) -> Found:
    if any(isinstance(part, ex.Wildcard) for part in glob.parts[1:-1]):
        return
    named = [(field, glob.literal)] if glob.shape is ex.Shape.EQUALS and field.lower() in fields.DIGESTS else []
    if field in fields.HASHES:
        named = _HASH.findall(glob.literal)
    for name, digits in named:
        wanted = fields.DIGESTS[name.lower()]
        if digits and len(digits) >= 16 and not _HEX.fullmatch(digits):
            yield "SW215", f"holds a sign that is no hexadecimal digit in its {name.upper()}", ""
        elif (
            len(digits) > wanted or 16 <= len(digits) < wanted or (field not in fields.HASHES and 0 < len(digits) < 16)
        ):
            yield "SW215", f"has {len(digits)} digits, and {name.upper()} has {wanted}", ""


CHECKS: tuple[Check, ...] = (values,)
