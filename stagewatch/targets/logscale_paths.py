r"""Windows paths as the Falcon sensor writes them: ``\Device\HarddiskVolume3\Users\...`` for ``C:\Users\...``.

Which letter a volume has is known on the host alone, so a pattern's drive letter becomes "any local volume".
"""

from __future__ import annotations

import re

from stagewatch import expression as ex
from stagewatch.findings import Unsupported

VOLUME = r"\\Device\\HarddiskVolume\d+"
"""What stands where a drive letter and its colon stood, as a regular expression."""

MARK = "\ue000"
"""Holds the place of :data:`VOLUME` in a pattern. A private character, which no path has a use for."""

ANY_DRIVE = "the sensor writes volume numbers, not drive letters: a pattern that names a drive is met on every volume"

_LETTER = re.compile(r"[A-Za-z]:(?=\\|\Z)")
_REGEX_DRIVE = re.compile(r"(?<!\\)(?:(?<!\w)([A-Za-z])|\[([A-Za-z-]+)\]|\\w|\.):(?=\\\\)")
_ANY_LETTER = frozenset({"a-z", "A-Z", "a-zA-Z", "A-Za-z"})
_GROUP_OPENING = re.compile(r"\(\?[a-zA-Z-]*:")


def without_drive(glob: ex.Glob) -> tuple[ex.Glob, bool]:
    r"""The pattern with :data:`MARK` for its drive, and whether it named a letter.

    ``C:\x``, ``*C:\x``, ``*:\x`` and ``?:\x`` name a drive: nothing can stand before the letter in a path, so each is
    bound to the start. Raises :class:`Unsupported` for patterns that cannot be told on device paths.
    """
    if MARK in glob.literal:
        raise Unsupported("a path pattern holds the private character U+E000")
    start, text, rest = _first_text(glob)
    if letter := _LETTER.match(text):
        changed, named = ex.Glob.of(MARK, text[letter.end() :], *rest), True
    elif start and text.startswith(":\\"):
        changed, named = ex.Glob.of(MARK, text[1:], *rest), False
    else:
        changed, named = glob, False
    if _holds(changed, "\\\\"):
        raise Unsupported(f"how the Falcon sensor writes paths on network shares is not known: {glob}")
    if _holds(changed, ":\\"):
        raise Unsupported(f"a drive letter in the middle of a pattern cannot be told on Falcon's paths: {glob}")
    return changed, named


def _holds(glob: ex.Glob, text: str) -> bool:
    return any(isinstance(part, str) and text in part for part in glob.parts)


def _first_text(glob: ex.Glob) -> tuple[ex.Wildcard | None, str, tuple[str | ex.Wildcard, ...]]:
    """The wildcard at the start if there is one, the text behind it, and the rest."""
    match glob.parts:
        case (ex.Wildcard() as start, str() as text, *rest):
            return start, text, tuple(rest)
        case (str() as text, *rest):
            return None, text, tuple(rest)
        case _:
            return None, "", ()


def regex_without_drive(field: str, pattern: str) -> tuple[str, bool]:
    r"""A regular expression with :data:`VOLUME` for ``C:``, ``[a-z]:``, ``\w:`` and ``.:``, and whether it named one.

    Only before a backslash, where a path has its drive. Raises :class:`Unsupported` where a colon is left: no device
    path could ever match it.
    """
    letters = [match[1] or match[2] for match in _REGEX_DRIVE.finditer(pattern)]
    changed = _REGEX_DRIVE.sub(lambda _: VOLUME, pattern)
    if ":" in _GROUP_OPENING.sub("", changed):
        raise Unsupported(f"{field} holds device paths, which have no ':' as the regular expression asks: {pattern}")
    return changed, any(letter and letter not in _ANY_LETTER for letter in letters)
