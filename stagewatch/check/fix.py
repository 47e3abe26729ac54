"""Mends what is safe and mechanical, and nothing else: every other byte of a file stays as it is.

A change is written only where the file then says what it said before, but for what was to be mended. Whatever is not
sure, such as a repeated tag with a comment behind it, is left to a person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from stagewatch.check.model import Checked
from stagewatch.check.own import is_own
from stagewatch.check.paths import shown
from stagewatch.check.rules_text import MARK, blank_ends
from stagewatch.findings import Finding
from stagewatch.layout import CheckSettings
from stagewatch.lists.carried import differences
from stagewatch.lists.model import Lists, read_lists
from stagewatch.lists.renew import healed_text
from stagewatch.output import replace_file
from stagewatch.yamlsafe import YamlError, compose, decoded, load_documents, read_raw

Data = list[Any]
"""The documents of a file as plain data."""


@dataclass(frozen=True, slots=True)
class Mending:
    """One way to mend a text. ``same`` says whether the documents after it mean what those before it did."""

    code: str
    what: str
    change: Callable[[str], str]
    same: Callable[[Data, Data], bool]


def fix(checked: Checked, settings: CheckSettings) -> list[str]:
    """Mend the files of the rules that were read, and tell what was mended, a line for each file and code."""
    lists = _lists(checked)
    carrying = {checked.pack.files[one.entry.source.path] for one in checked.subjects if is_own(checked, one)}
    told: list[str] = []
    for path in checked.pack.files.values():
        if path.is_symlink():  # what it leads to may be another repository's
            continue
        name = shown(checked.layout, path)
        switched_off = {one.code for one in settings.exclude if one.matches(path.stem, name)} | set(settings.ignore)
        mendings = [
            one
            for one in _mendings(path.stem, lists if path in carrying else None)
            if one.code not in switched_off and (not settings.select or one.code in settings.select)
        ]
        try:
            raw = read_raw(path)
            content, done = mended(raw, mendings)
        except YamlError:
            continue
        if content != raw:
            replace_file(path, content)
            told += [f"mended {name}: {code}: {what}" for code, what in done]
    return told


def mended(raw: bytes, mendings: list[Mending]) -> tuple[bytes, list[tuple[str, str]]]:
    """The content of a file after these mendings, and the codes and words of those that changed it.

    Raises :class:`YamlError` for a file that could not be read as YAML in the first place.
    """
    text = decoded(raw)
    marked = raw.startswith(MARK)
    done: list[tuple[str, str]] = []
    for one in mendings:
        changed = one.change(text)
        unmarked = one.code == "SW092"
        if (changed != text or (marked and unmarked)) and _holds(one, text, changed):
            text = changed
            marked = marked and not unmarked
            done.append((one.code, one.what))
    return (MARK if marked else b"") + text.encode(), done


def _holds(one: Mending, before: str, after: str) -> bool:
    try:
        return one.same(_data(before), _data(after))
    except YamlError:
        return False


def _data(text: str) -> Data:
    return [data for _, data in load_documents(text)]


def _mendings(stem: str, lists: Lists | None) -> Iterator[Mending]:
    yield Mending("SW092", "line ends of Unix, no byte order mark", _unix, _equal)
    yield Mending("SW091", "no white space at ends of lines", _trimmed, _equal)
    yield Mending("SW093", "one line end at the end", _ended, _equal)
    yield Mending("SW013", "dates as YYYY-MM-DD", _dated, _equal_dates)
    yield Mending("SW105", "each reference once", lambda text: _once(text, "references"), _equal_sets)
    yield Mending("SW106", "each tag once", lambda text: _once(text, "tags"), _equal_sets)
    if lists is not None:
        yield Mending("SW421", "values as the lists have them", lambda text: _renewed(text, stem, lists), _any)


def _lists(checked: Checked) -> Lists | None:
    """The named lists, where the repository keeps some and all of them can be read."""
    findings: list[Finding] = []
    folder = checked.layout.lists
    known = read_lists(folder, findings) if folder.is_dir() else None
    return None if findings else known


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _trimmed(text: str) -> str:
    lines = text.split("\n")
    for number, column in blank_ends(text):
        end = "\r" if lines[number - 1].endswith("\r") else ""
        lines[number - 1] = lines[number - 1][: column - 1] + end
    return "\n".join(lines)


def _ended(text: str) -> str:
    return text.rstrip("\r\n") + ("\r\n" if text.endswith("\r\n") else "\n")


def _dated(text: str) -> str:
    """Dates of the document with slashes, written with hyphens; what is no date stays."""
    for line, start, end, value in reversed(list(_scalars(text, ("date", "modified")))):
        parts = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})", value)
        if parts and _is_date(*map(int, parts.groups())):
            year, month, day = map(int, parts.groups())
            text = _replaced(text, line, start, end, f"{year:04}-{month:02}-{day:02}")
    return text


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _scalars(text: str, keys: tuple[str, ...]) -> Iterator[tuple[int, int, int, str]]:
    """Line, first and last column (from 0) and value of plain values on one line below keys of the documents."""
    for document in compose(text):
        for key, value in document.value if isinstance(document, yaml.MappingNode) else ():
            start, end = value.start_mark, value.end_mark
            if key.value in keys and isinstance(value, yaml.ScalarNode) and start.line == end.line:
                yield start.line, start.column, end.column, value.value


def _replaced(text: str, line: int, start: int, end: int, new: str) -> str:
    lines = text.split("\n")
    lines[line] = lines[line][:start] + new + lines[line][end:]
    return "\n".join(lines)


def _once(text: str, key: str) -> str:
    """Without the lines of a list below a key that repeat an earlier item; a line with more than the item stays."""
    lines = text.split("\n")
    gone: list[int] = []
    for document in compose(text):
        for name, value in document.value if isinstance(document, yaml.MappingNode) else ():
            if name.value != key or not isinstance(value, yaml.SequenceNode) or value.flow_style:
                continue
            seen: set[str] = set()
            for item in value.value:
                if str(item.value) in seen and _alone(item, lines):
                    gone.append(item.start_mark.line)
                seen.add(str(item.value))
    return "\n".join(line for number, line in enumerate(lines) if number not in gone)


def _alone(item: yaml.Node, lines: Sequence[str]) -> bool:
    """Whether a list's item is a value on a line with nothing else but its hyphen."""
    start, end = item.start_mark, item.end_mark
    if not isinstance(item, yaml.ScalarNode) or start.line != end.line:
        return False
    line = lines[start.line]
    return line[: start.column].strip() == "-" and not line[end.column :].strip()


def _renewed(text: str, stem: str, lists: Lists) -> str:
    return healed_text(text, differences(text, stem, lists))


def _equal(before: Data, after: Data) -> bool:
    return before == after


def _any(before: Data, after: Data) -> bool:
    return len(before) == len(after)


def _equal_dates(before: Data, after: Data) -> bool:
    return [_with_dates(one) for one in before] == [_with_dates(one) for one in after]


def _with_dates(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    dates = {key: str(document[key]).replace("/", "-") for key in ("date", "modified") if key in document}
    for key, value in dates.items():
        dates[key] = "-".join(part.zfill(2) for part in value.split("-"))
    return {**document, **dates}


def _equal_sets(before: Data, after: Data) -> bool:
    return [_with_sets(one) for one in before] == [_with_sets(one) for one in after]


def _with_sets(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    found = {key: document.get(key) for key in ("references", "tags")}
    return {**document, **{key: list(dict.fromkeys(one)) for key, one in found.items() if isinstance(one, list)}}
