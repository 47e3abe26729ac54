"""Queries for a unified diff: a term a line, so that one added value is one changed line in any language."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

_STRINGS: dict[str, str] = {
    "kql": r'@"(?:[^"]|"")*"|@\'(?:[^\']|\'\')*\'|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'',
    "sql": r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"",
    "slashed_too": r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|/(?:[^/\\\n]|\\.)+/',
    "slashed": r'"(?:[^"\\]|\\.)*"|/(?:[^/\\\n]|\\.)+/|`[^`]*`',
    "plain": r'"""(?:.|\n)*?"""|"(?:[^"\\]|\\.)*"|`[^`]*`',
}
"""How a language writes text that must not be broken at its commas and words."""

_OF = {
    "defender": "kql",
    "sentinel": "kql",
    "qradar": "sql",
    "duckdb": "sql",
    "secops": "slashed",
    "sumo": "slashed_too",
    "logscale": "slashed",
}

_BREAKS = r"(?P<before>\b(?:AND|OR|and|or)\b(?:\s+(?:NOT|not)\b)?)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<after>[,;])"

LONG = 60
"""A text longer than this is broken at its alternatives, since regular expressions hold whole lists."""

WIDTH = 110
"""A group that fits into a line of this length stands on one."""

CONTEXT = 2


def query_diff(target: str, before: str, now: str) -> tuple[str, ...]:
    """The lines of a unified diff of two queries, without its head; empty where only white space differs."""
    old, new = normal(target, before), normal(target, now)
    if old == new:
        return ()
    lines = tuple(_unified(old, new, list(map(_key, old)), list(map(_key, new))))
    return lines or tuple(_unified(old, new, old, new))


def _unified(old: list[str], new: list[str], old_keys: list[str], new_keys: list[str]) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, old_keys, new_keys, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if group[0][1] or group[0][3]:
            yield "@@"
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (f"  {line}" for line in new[c:d])
            else:
                yield from (f"- {line}" for line in old[a:b])
                yield from (f"+ {line}" for line in new[c:d])


def _key(line: str) -> str:
    """What counts of a line: not how deep it stands, nor whether another value follows."""
    return line.strip().rstrip(",|")


def normal(target: str, query: str) -> list[str]:
    """The lines of a query, a term on each, indented by its parentheses. Nothing is lost but white space."""
    strings = _STRINGS[_OF.get(target, "plain")]
    pattern = re.compile(rf"(?P<string>{strings})|{_BREAKS}|(?P<space>\s+)|(?P<word>[\w$.:]+|.)")
    lines: list[str] = []
    depth = 0
    current = ""

    def finish() -> None:
        nonlocal current
        if current.strip():
            lines.append("  " * depth + current.strip())
        current = ""

    for match in pattern.finditer(query):
        text = match[0]
        match match.lastgroup:
            case "string":
                first, *more = _alternatives(text)
                current += first
                for piece in more:
                    finish()
                    current = piece
            case "before":
                finish()
                current = f"{' '.join(text.split())} "
            case "open":
                current += text
                finish()
                depth += 1
            case "close":
                finish()
                depth = max(0, depth - 1)
                current = text
            case "after":
                current += text
                finish()
            case "space":
                if "\n" in text:
                    finish()
                elif current and not current.endswith(" "):
                    current += " "
            case _:
                current += text
    finish()
    return _joined(lines)


def _alternatives(text: str) -> list[str]:
    """A long text in pieces that end at a bar or at a comma and a space."""
    if len(text) <= LONG:
        return [text]
    return list(_pieces(text)) or [text]


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for match in re.finditer(r"\\.|\|", text):
        if match[0] == "|":
            yield text[start : match.end()]
            start = match.end()
    yield text[start:]


def _joined(lines: list[str]) -> list[str]:
    """Short groups stand on one line again: ``x in (``, ``1``, ``)`` tells less than ``x in (1)``."""
    result: list[str] = []
    for line in lines:
        if (
            len(result) > 1
            and line.strip()[:1] in (")", "]", "}")
            and result[-2].endswith(("(", "[", "{"))
            and len(result[-2]) + len(result[-1].strip()) + len(line.strip()) <= WIDTH
        ):
            last = result.pop().strip()
            result[-1] += last + line.strip()
        else:
            result.append(line)
    return result
