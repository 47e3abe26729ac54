"""TOML of a user, read strictly: each value knows its key path, so that a wrong one is told with key and line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch.findings import UsageError

MAX_BYTES = 262_144
"""A site's file is text for people; one that sets everything for every rule of the pack has some 50 kB."""

Key = str | int
"""A key of a table, or the position of an entry in a list, from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DURATION = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file. Its methods return it as what it must be, or raise :class:`UsageError`."""

    text: str
    shown: str
    keys: tuple[Key, ...]
    value: Any

    def error(self, message: str) -> UsageError:
        """What is wrong with this value."""
        line = line_of(self.text, self.keys)
        place = self.shown if line is None else f"{self.shown}:{line}"
        return UsageError(f"{place}: {dotted(self.keys)}: {message}" if self.keys else f"{place}: {message}")

    def table(self, known: Iterable[str] | None = None, what: str = "key") -> Mapping[str, Node]:
        """The entries of a table; ``known`` are the keys that it may have, ``what`` they are called."""
        if not isinstance(self.value, dict):
            raise self._not("a table")
        entries = {key: Node(self.text, self.shown, (*self.keys, key), value) for key, value in self.value.items()}
        if known is not None:
            allowed = list(known)
            for key, entry in entries.items():
                if key not in allowed:
                    raise entry.error(f"unknown {what}{_instead(key, allowed)}")
        return entries

    def tables(self) -> tuple[Node, ...]:
        """The entries of a list of tables (``[[name]]``)."""
        if not isinstance(self.value, list):
            raise self._not("a list of tables")
        return tuple(
            Node(self.text, self.shown, (*self.keys, position), one) for position, one in enumerate(self.value)
        )

    def string(self, pattern: re.Pattern[str] | None = None, form: str = "") -> str:
        """A text of printable characters, of a form that a regular expression says."""
        if not isinstance(self.value, str):
            raise self._not("a text in quotes")
        if not self.value or not self.value.isprintable() or self.value != self.value.strip():
            raise self.error("must be one line of text without blanks around it")
        if pattern is not None and not pattern.fullmatch(self.value):
            raise self.error(f"{self.value!r} is not {form}")
        return self.value

    def strings(self, pattern: re.Pattern[str] | None = None, form: str = "") -> tuple[str, ...]:
        """A list of such texts with one at least, each of them once."""
        if not isinstance(self.value, list):
            raise self._not("a list of texts")
        values = tuple(Node(self.text, self.shown, self.keys, one).string(pattern, form) for one in self.value)
        if not values:
            raise self.error("the list is empty")
        for number, one in enumerate(values):
            if one in values[:number]:
                raise self.error(f"{one!r} is listed twice")
        return values

    def integer(self, least: int, most: int) -> int:
        """A whole number within bounds."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self._not("a whole number")
        if not least <= self.value <= most:
            raise self.error(f"{self.value} is not between {least} and {most}")
        return self.value

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self._not("true or false")
        return self.value

    def choice(self, known: Iterable[str], what: str) -> str:
        """One of some words."""
        allowed, word = list(known), self.string()
        if word not in allowed:
            raise self.error(f"unknown {what} {word!r}{_instead(word, allowed)}")
        return word

    def seconds(self, least: str, most: str) -> int:
        """A duration, ``90s``, ``15m``, ``2h`` or ``1d``, within bounds."""
        found = _DURATION.fullmatch(self.string())
        if found is None:
            raise self.error(f"{self.value!r} is no duration such as 15m or 2h")
        seconds = int(found["number"]) * _SECONDS[found["unit"]]
        if not _plain_seconds(least) <= seconds <= _plain_seconds(most):
            raise self.error(f"{self.value} is not between {least} and {most}")
        return seconds

    def _not(self, wanted: str) -> UsageError:
        names = {dict: "a table", list: "a list", str: "a text", bool: "true or false", int: "a number"}
        return self.error(f"must be {wanted}, not {names.get(type(self.value), type(self.value).__name__)}")


def read(path: Path, shown: str = "") -> Node:
    """The whole file. Raises :class:`UsageError` where it cannot be read or is no TOML."""
    shown = shown or path.as_posix()
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode()
        if len(raw) > MAX_BYTES:
            raise UsageError(f"{shown}: larger than {MAX_BYTES // 1024} kB")
        return Node(text, shown, (), tomllib.loads(text))
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown}: not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{shown}: not valid TOML: {error}") from error


def dotted(keys: Iterable[Key]) -> str:
    """A key path as TOML writes it; an entry of a list by its number, from 1."""
    shown = ""
    for key in keys:
        if isinstance(key, int):
            shown += f"[{key + 1}]"
        else:
            shown += ("." if shown else "") + (key if _BARE.fullmatch(key) else f'"{key}"')
    return shown


def line_of(text: str, keys: tuple[Key, ...]) -> int | None:
    """The line, from 1, on which the key path first stands.

    It is the first line behind the last that leaves the file valid without it: as much as ``tomllib`` can tell.
    """
    complete = 0
    lines = text.splitlines(keepends=True)
    if len(lines) > MAX_LINES:
        return None
    for number in range(1, len(lines) + 1):
        try:
            known = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value
        if _holds(known, keys):
            return complete + 1
        complete = number
    return None


MAX_LINES = 1_000
"""Of longer files no line is told: the time to find it grows with the square of their length."""


def _holds(data: Any, keys: tuple[Key, ...]) -> bool:
    for key in keys:
        if isinstance(key, int):
            if not isinstance(data, list) or key >= len(data):
                return False
        elif not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return bool(keys)


def _plain_seconds(duration: str) -> int:
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def _instead(word: str, allowed: list[str]) -> str:
    """What may have been meant; all that is known where it is not much."""
    close = difflib.get_close_matches(word, allowed, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known are {', '.join(sorted(allowed))}" if 0 < len(allowed) <= MANY else ""


MANY = 16
