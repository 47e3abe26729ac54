"""Conditions that match too much or cost too much: short text, wildcards in front on busy sources, bare file names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch import expression as ex
from stagewatch.check import fields
from stagewatch.check.asked import Node, asked_by
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import quoted, shown
from stagewatch.findings import Unsupported
from stagewatch.regex.tree import Chars, Choice, Conditional, Look, Repeat, children, parse
from stagewatch.regex.tree import Node as Pattern

CODES = (
    Code(
        "SW220",
        "A wildcard in front that the value does not need",
        "note",
        "A value that begins with a drive begins the path, and one that ends with a program's extension ends it. "
        "With a wildcard on either side a platform reads every path instead of using its index. Command lines and "
        "scripts have to be searched, so this is said of paths alone.",
        "Use |startswith or |endswith.",
    ),
    Code(
        "SW221",
        "A short text that is bound to nothing decides alone",
        "warning",
        "A few letters occur inside many words, names and encoded texts. The rule finds what nobody meant.",
        "Bind it with a space, a quote or a slash, write more of it, or ask for something else beside it.",
    ),
    Code(
        "SW222",
        "A regular expression alone has no text to look for",
        "note",
        "Without a few letters in a row that every match must hold, a platform runs the expression on each event of "
        "a busy log source.",
        "Ask beside it, with |contains, for a text that each match holds.",
    ),
    Code(
        "SW223",
        "A file's name without the backslash before it",
        "note",
        "It is also the end of longer names: cmd.exe of notcmd.exe.",
        "Put a backslash in front of the name.",
    ),
    Code(
        "SW224",
        "A short flag without a space before it",
        "note",
        "It is also found in the middle of a word with a hyphen and at the start of longer flags: -a in ping-agent "
        "and in -all.",
        "Put a space in front of the flag, and behind it where nothing may follow.",
    ),
)

SHORT = 3
"""Letters and digits up to which a text that is bound to nothing says nothing alone."""

TINY = 2
"""And up to which it says nothing beside other conditions either."""

ENOUGH = 3
"""Characters in a row by which an index or a plain search finds candidates for a regular expression."""

_MANY = 10**6
_DRIVE = re.compile(r"[a-z]:\\", re.IGNORECASE)
_PROGRAM = re.compile(r"\\[^\\]+\.(exe|com|scr|dll|sys)", re.IGNORECASE)


def short(checked: Checked) -> Iterator[Remark]:
    """The values by which alone, or with others as weak, an event is found, and those that ask next to nothing."""
    for asked in asked_by(checked):
        if asked.is_filter:
            continue
        alone = _weak(asked.tree)
        for value in alone:
            yield asked.remark(
                "SW221", value, f"{shown(value)} is enough to find an event, and stands inside many other words"
            )
        known = {id(value) for value in alone}
        for value in _needed(asked.tree):
            if id(value) in known or _letters(value.leaf) > SHORT or isinstance(value.leaf, ex.Keyword):
                continue
            if str(value.written).startswith(("-", "/")):
                yield asked.remark("SW224", value, f"{shown(value)} is also in the middle of other words")
            elif _letters(value.leaf) <= TINY:
                yield asked.remark(
                    "SW221", value, f"{shown(value)} stands in nearly every such text, so it asks next to nothing"
                )


def _weak(node: Node) -> list[Node]:
    """The short values that suffice; empty where something stronger is asked for too, or nothing short is."""
    match node.join:
        case "or":
            return [value for part in node.parts for value in _weak(part)]
        case "and":
            found = [_weak(part) for part in node.parts if part.join != "not"]
            return [value for values in found for value in values] if found and all(found) else []
        case "value" if _letters(node.leaf) <= SHORT:
            return [node]
        case _:
            return []


def _needed(node: Node) -> Iterator[Node]:
    """The values that are asked for and not left out."""
    if node.join == "value":
        yield node
    elif node.join != "not":
        for part in node.parts:
            yield from _needed(part)


def _letters(leaf: ex.Expression | None) -> int:
    """How many letters and digits are asked for anywhere in a long text; very many where it is another condition."""
    match leaf:
        case ex.Text(field, globs, _) if field in fields.FREE_TEXTS:
            return min(map(_length, globs))
        case ex.Keyword(globs, _):
            return min(map(_length, globs))
        case _:
            return _MANY


def _length(glob: ex.Glob) -> int:
    text = glob.literal
    plain = glob.shape is ex.Shape.CONTAINS and text.isascii() and text.strip("-").isalnum()
    return len(text) if plain else _MANY


def expressions(checked: Checked) -> Iterator[Remark]:
    """Alternatives on busy log sources that are regular expressions alone."""
    for asked in asked_by(checked):
        if asked.is_filter or asked.source.category not in fields.BUSY:
            continue
        for branch in _branches(asked.tree):
            leaves = [node.leaf for node in branch.walk() if node.join == "value"]
            if leaves and all(isinstance(leaf, ex.Regex) and not has_text(leaf) for leaf in leaves):
                yield asked.remark(
                    "SW222",
                    branch,
                    f"{shown(branch)} is found by a regular expression alone, of which no text is known",
                )


def _branches(node: Node) -> Iterator[Node]:
    """The alternatives of the rule without what they leave out, down to parts of detections, not to single values."""
    if node.join == "or" and node.item is None:
        for part in node.parts:
            yield from _branches(part)
    elif node.join == "and":
        positive = tuple(part for part in node.parts if part.join != "not")
        if len(positive) == 1:
            yield from _branches(positive[0])
        else:
            yield Node("and", node.path, positive, name=node.name)
    elif node.join != "not":
        yield node


def has_text(leaf: ex.Regex) -> bool:
    """Whether each match holds a few characters in a row that are known beforehand."""
    try:
        return _longest(parse(leaf.pattern, leaf.flags)) >= ENOUGH
    except Unsupported:
        return True


def _longest(node: Pattern) -> int:
    """The length of the longest text that every match must hold."""
    match node:
        case Chars(text):
            return len(text)
        case Choice(branches):
            return min(map(_longest, branches))
        case Repeat(item=item, least=least):
            return _longest(item) if least else 0
        case Look() | Conditional():
            return 0
        case _:
            return max(map(_longest, children(node)), default=0)


def paths(checked: Checked) -> Iterator[Remark]:
    """Of paths on Windows: a wildcard that is not needed, and a file's name without the backslash before it."""
    for asked in asked_by(checked):
        if not fields.is_windows(asked.source):
            continue
        for value in asked.values():
            match value.leaf:
                case ex.Text(field, (glob,), _) if field in fields.PATHS:
                    text, named = glob.literal, shown(value)
                    if glob.shape is ex.Shape.ENDSWITH and _is_bare_name(text):
                        hint = f"Write {quoted(chr(92) + text)}."
                        yield asked.remark("SW223", value, f"{named} is also the end of other names", hint)
                    elif glob.shape is ex.Shape.CONTAINS and _DRIVE.match(text):
                        yield asked.remark(
                            "SW220", value, f"{named} begins with a drive, so it begins the path", "Use |startswith."
                        )
                    elif glob.shape is ex.Shape.CONTAINS and field in fields.IMAGES and _PROGRAM.fullmatch(text):
                        yield asked.remark("SW220", value, f"{named} ends as a program's path does", "Use |endswith.")


def _is_bare_name(text: str) -> bool:
    """A name with its extension, from its first letter on: no folder, no extension alone, no mark within a name."""
    name, dot, extension = text.rpartition(".")
    return bool(dot) and "\\" not in text and name[:1].isalnum() and 2 <= len(extension) <= 4 and extension.isalnum()


CHECKS: tuple[Check, ...] = (short, expressions, paths)
