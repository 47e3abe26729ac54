"""Plain data as TOML: text of several lines as multi-line strings, literal ones where text has backslashes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_QUOTES = re.compile(r'"{3,}|"+\Z')
"""Quotes that would end a string of several lines, or be taken for its end."""

_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def dump_toml(data: Mapping[str, Any]) -> bytes:
    """The document: keys in the order given, plain values of a table before the tables inside it."""
    return ("\n".join(_table("", data)).strip() + "\n").encode()


def _table(path: str, table: Mapping[str, Any]) -> list[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value) and not _is_tables(value)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        below = f"{path}.{_key(key)}" if path else _key(key)
        if _is_tables(value):
            for one in value:
                lines += ["", f"[[{below}]]", *_table(below, one)]
        elif _is_table(value):
            lines += ["", f"[{below}]", *_table(below, value)]
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _basic(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return _text(value)
        case Sequence():
            return _array([_value(one) for one in value])
        case _:
            raise TypeError(f"no TOML value: {type(value).__name__}")


def _array(items: Sequence[str]) -> str:
    line = f"[{', '.join(items)}]"
    if len(line) <= 100 and "\n" not in line:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _text(text: str) -> str:
    if "\n" not in text:
        return _basic(text)
    literal = "'''" not in text and not text.endswith("'") and all(map(_stands, text))
    if "\\" in text and literal:
        return f"'''\n{text}'''"
    inside = _escaped(text, keep='\n"')
    return '"""\n' + _QUOTES.sub(lambda quotes: '\\"' * len(quotes[0]), inside) + '"""'


def _basic(text: str) -> str:
    return f'"{_escaped(text)}"'


def _stands(char: str) -> bool:
    """Whether the character may stand in a literal string of several lines."""
    return char == "\n" or char.isprintable()


def _escaped(text: str, keep: str = "") -> str:
    return "".join(char if char in keep else _escape(char) for char in text)


def _escape(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
