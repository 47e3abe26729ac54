"""Scalars of YAML, written as Sigma rules write them and read back as exactly the same text."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z][\w ./(),+-]*[\w.)]")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def is_text(text: str) -> bool:
    """Whether all characters may stand in a scalar as they are."""
    return all(char == " " or (char.isprintable() and not 0xD800 <= ord(char) <= 0xDFFF) for char in text)


def quoted(text: str) -> str:
    """A scalar in single quotes; in double ones where it holds characters that single ones cannot."""
    if is_text(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def scalar(text: str) -> str:
    """A scalar without quotes where it needs none."""
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS and not text.endswith(" ")
    return text if plain else quoted(text)


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if is_text(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def block(text: str, indent: str) -> str:
    """Lines of a literal block, indented; each is printable, since a block escapes nothing."""
    return "".join(f"{indent}{line}\n" for line in text.splitlines() if line.strip())
