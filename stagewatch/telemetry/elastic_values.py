"""How Elastic's ingest pipelines take values apart: command lines, paths, accounts and hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import takewhile

from stagewatch.languages.base import Event, Value

Record = dict[str, Value]

NUMBERS_OF_SYSMON = {"ProcessId": "process.pid", "ParentProcessId": "process.parent.pid"}
COMMAND_LINES = {"CommandLine": "process", "ParentCommandLine": "process.parent"}

NOTHING = frozenset({"", "-", "{00000000-0000-0000-0000-000000000000}"})
"""What the Sysmon pipelines remove from event_data before anything else."""


def arguments(command_line: str) -> list[str]:
    """The arguments of a command line by the rules of Windows' C runtime, which the Sysmon pipelines name as theirs.

    Two backslashes before a quote are one, a backslash before a quote makes it literal, two quotes inside quotes are a
    literal one. The Linux pipeline splits by the same rules, quotes of shells mean nothing to it.
    """
    found: list[str] = []
    rest = command_line.lstrip(" \t")
    while rest:
        argument, rest = _argument(rest)
        found.append(argument)
        rest = rest.lstrip(" \t")
    return found


def _argument(text: str) -> tuple[str, str]:
    """The first argument and what follows it."""
    argument, quoted, position = "", False, 0
    while position < len(text) and (quoted or text[position] not in " \t"):
        slashes = sum(1 for _ in takewhile(lambda character: character == "\\", text[position:]))
        position += slashes
        if text[position : position + 1] != '"':
            argument += "\\" * slashes + ("" if slashes else text[position])
            position += not slashes
            continue
        argument += "\\" * (slashes // 2)
        if slashes % 2:
            argument += '"'
        elif quoted and text[position + 1 : position + 2] == '"':
            argument, quoted, position = argument + '"', False, position + 1
        else:
            quoted = not quoted
        position += 1
    return argument, text[position:]


def words(command_line: str) -> list[str]:
    """What stands between white space outside quotes, the quotes kept: the arguments that event 4688 gets."""
    found, start, quoted = [], 0, False
    for position, character in enumerate(command_line):
        quoted ^= character == '"'
        if character.isspace() and not quoted:
            found.append(command_line[start:position])
            start = position + 1
    return [*found, command_line[start:]] if command_line else []


def listed(command_line: str, arguments: list[str], prefix: str) -> Iterator[tuple[str, Value]]:
    """A command line with its arguments and their number."""
    yield f"{prefix}.command_line", command_line
    yield f"{prefix}.args", arguments
    yield f"{prefix}.args_count", len(arguments)


def after_backslash(path: str) -> str:
    """The pipelines' file name: what follows the last backslash, nothing where there is none."""
    return path.rpartition("\\")[2] if "\\" in path else ""


def parts_of_file(path: str) -> dict[str, Value]:
    """The columns that the Sysmon pipelines make from a file's path, Windows paths only.

    The extension is what follows the last dot of the whole path, in whichever directory that dot stands.
    """
    if "\\" not in path:
        return {}
    directory, _, name = path.rpartition("\\")
    parts: dict[str, Value] = {"file.name": name, "file.directory": directory}
    return parts | ({"file.extension": path.rpartition(".")[2]} if "." in path else {})


def account(user: str) -> dict[str, str]:
    """Domain and name; nothing unless the value has exactly one backslash."""
    parts = user.split("\\")
    return {"user.domain": parts[0], "user.name": parts[1]} if len(parts) == 2 else {}


def hashes(text: str) -> dict[str, str]:
    """Sysmon's ``Hashes`` by algorithm, in lower case; those of zeros only are no hashes."""
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.lower(): value.lower() for name, _, value in pairs if value.strip("0")}


def related(record: Mapping[str, Value], hashes: Mapping[str, str]) -> dict[str, Value]:
    """The columns that gather every account and hash of an event."""
    users = [value for column, value in record.items() if re.fullmatch(r"user(\.effective)?\.name", column)]
    found: dict[str, Value] = {
        "related.hash": list(hashes.values()),
        "related.user": [user for user in dict.fromkeys(users) if isinstance(user, str) and user != "-"],
    }
    return {column: value for column, value in found.items() if value}


def stream(dataset: str, module: str) -> Record:
    """The data stream of a document and the integration that fills it."""
    return {
        "data_stream.type": "logs",
        "data_stream.dataset": dataset,
        "data_stream.namespace": "default",
        "event.dataset": dataset,
        "event.module": module,
        "event.kind": "event",
    }


def present(values: Mapping[str, str]) -> Record:
    """Columns without those that have no value."""
    return {column: value for column, value in values.items() if value}


def document(record: Record, dataset: str) -> Event:
    """A document of the data stream in the namespace that Fleet calls ``default``."""
    when = record["@timestamp"]
    assert isinstance(when, datetime)  # noqa: S101 - set by every maker
    return Event(when, f"logs-{dataset}-default", dict(sorted(record.items())))
