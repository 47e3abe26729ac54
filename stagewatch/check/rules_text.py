"""Checks of a rule file as text: white space that a diff shows and nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from stagewatch.check.model import Check, Checked, Code, Place, Remark
from stagewatch.check.paths import shown
from stagewatch.yamlsafe import YamlError, compose, decoded, read_raw

CODES = (
    Code(
        "SW091",
        "A line ends with white space",
        "note",
        "The next editor that takes it away makes a change that means nothing.",
        "Take it away.",
        fixable=True,
    ),
    Code(
        "SW092",
        "A file has line ends of Windows or a byte order mark",
        "note",
        "Every line differs from the same line in another file, and tools that read bytes stumble over the mark.",
        "Save it as UTF-8 without a mark, with line ends of Unix.",
        fixable=True,
    ),
    Code(
        "SW093",
        "A file does not end with one line end",
        "note",
        "The next line that somebody adds changes the last one as well.",
        "End the file with one line end.",
        fixable=True,
    ),
)

MARK = b"\xef\xbb\xbf"


def text(checked: Checked) -> Iterator[Remark]:
    """White space at ends of lines and of files. A file that is no YAML has other troubles."""
    for path in checked.pack.files.values():
        try:
            raw = read_raw(path)
            content = decoded(raw)
            loose = blank_ends(content)
        except YamlError:
            continue
        name = shown(checked.layout, path)
        for line, column in loose:
            yield Remark("SW091", Place(name, line, column), "the line ends with white space", rule=path.stem)
        if raw.startswith(MARK):
            yield Remark("SW092", Place(name, 1, 1), "the file begins with a byte order mark", rule=path.stem)
        if "\r" in content:
            line = content[: content.index("\r")].count("\n") + 1
            yield Remark("SW092", Place(name, line), "the line ends as on Windows", rule=path.stem)
        if content and not _ends_well(content):
            last = content.count("\n") + 1
            yield Remark("SW093", Place(name, last), "the file does not end with one line end", rule=path.stem)


def blank_ends(content: str) -> list[tuple[int, int]]:
    """Line and column, from 1, of white space that ends a line and belongs to no value."""
    lines = [line.rstrip("\r") for line in content.split("\n")]
    loose = [number for number, line in enumerate(lines) if line != line.rstrip(" \t")]
    if loose:
        within = set[int]()
        for node in compose(content):
            within |= _within(node, len(lines) - 1)
        loose = [number for number in loose if number not in within]
    return [(number + 1, len(lines[number].rstrip(" \t")) + 1) for number in loose]


def _within(node: yaml.Node, final: int) -> set[int]:
    """The lines, from 0, on which values of several lines go on: white space at their ends may count.

    A block ends at the line behind it, but for one on the ``final`` line, which has no line end.
    """
    found = set[int]()
    seen = set[int]()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:  # an alias
            continue
        seen.add(id(one))
        if isinstance(one, yaml.ScalarNode):
            first, last = one.start_mark.line, one.end_mark.line
            if one.style in ("|", ">"):
                found.update(range(first + 1, last + (last == final)))
            elif last > first:
                found.update(range(first, last))
        elif isinstance(one, yaml.MappingNode):
            waiting += [part for pair in one.value for part in pair]
        else:
            waiting += one.value
    return found


def _ends_well(content: str) -> bool:
    return content.endswith("\n") and not content.endswith(("\n\n", "\n\r\n"))


CHECKS: tuple[Check, ...] = (text,)
