"""Values of an event as a rule asks for them: what is of one host or one run taken off, the rest escaped for Sigma."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 120
"""Characters of a value worth asking for: a longer one is of one run."""

_SPECIAL = re.compile(r"(\\+)(?=[*?])|\\{2,}|[*?]")
_RANDOM = re.compile(
    r"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?"  # a GUID
    r"|[0-9a-f]{12,}"  # a hash
    r"|S-1-\d[\d-]+"  # a SID
    r"|[A-Za-z0-9+/=_-]{32,}"  # an encoded text
    r"|\d{4,}"
    r"|~?\w{0,6}tmp\w{2,}",
    re.IGNORECASE,
)
_MIXED = re.compile(r"(?=(?:\D*\d){3})(?=.*[A-Za-z])[\w~-]{8,}$")
_TOKEN = re.compile(r"(?:\"[^\"]*\"?|'[^']*'|[^\s\"'])+")
_SWITCH = re.compile(r"(--?|/)([A-Za-z][A-Za-z-]*)([:=]?)")
_PATH = re.compile(r"[A-Za-z]:\\|\\\\|%\w+%\\?|\$env:\w+\\?|\.{0,2}/(?!/)\S|~/", re.IGNORECASE)


def escaped(text: str) -> str:
    r"""The text as a Sigma value that means exactly it: ``*``, ``?`` and the backslashes that would not stand alone.

    A single backslash before another character is itself, two are one, and one before ``*`` or ``?`` escapes it
    (sigma-specification, "Escaping").
    """
    return _SPECIAL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    whole = match[0]
    return f"\\{whole}" if whole in "*?" else whole * 2


def is_random(word: str) -> bool:
    """Whether a word is of one run: a GUID, a hash, a number, a temporary name, an encoded text."""
    return _RANDOM.fullmatch(word) is not None or _MIXED.match(word) is not None


def quoted_away(token: str) -> str:
    """A word of a command line without its quotes."""
    return token.replace('"', "").replace("'", "")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command line; ``before`` is the character in front of it, empty for the first."""

    text: str
    before: str
    is_last: bool

    @property
    def bare(self) -> str:
        return quoted_away(self.text)


def words(line: str) -> Iterator[Word]:
    """The words of a command line with their quotes."""
    found = list(_TOKEN.finditer(line))
    for number, match in enumerate(found):
        before = line[match.start() - 1 : match.start()]
        yield Word(match[0], before, number == len(found) - 1)


def switch(word: Word) -> str | None:
    """The switch that a word is, up to its value: ``-p`` of ``-pS3cret``, ``/out:`` of ``/out:x``; else None."""
    text = word.text.lstrip("\"'")
    match = _SWITCH.match(text)
    if match is None or len(match[0]) > 24 or (match[1] == "/" and ("/" in text[1:] or len(match[2]) > 12)):
        return None
    sign, name, assigned = match[1], match[2], match[3]
    rest = text[match.end() :].strip("\"'")
    if rest and not assigned:  # the value stands right behind the name
        if sign == "/":
            return None  # more likely a path
        name = re.match(r"[a-z]+|[A-Z]+", name)[0]  # type: ignore[index]  # it begins with a letter
    return f"{sign}{name.rstrip('-')}{assigned}"


def is_path(text: str) -> bool:
    """Whether a word is or holds a path."""
    return _PATH.search(text) is not None or ("\\" in text and not text.startswith("\\"))


WINDOWS_ROOTS = {"windows": 2, "program files": 2, "program files (x86)": 2}
"""Directories in the root of a drive, of which more than the first part says what they are."""

WINDOWS_HOME = re.compile(
    r"^(?:[a-z]:|\\\\[^\\]+\\[a-z]\$)?\\(?:users|documents and settings)\\(?!public\\)[^\\]+", re.IGNORECASE
)
UNIX_HOME = re.compile(r"^/(?:home|Users)/(?!Shared/)[^/]+")
PROFILE = {"appdata\\local\\temp": 3, "appdata": 2}
UNIX_ROOTS = {"var": 2, "usr": 2, "dev": 2, "private": 2, "Library": 2, "System": 2}


def windows_folder(path: str) -> str | None:
    r"""The directory of a path as ``contains`` asks for it: ``\AppData\Local\Temp\``, ``:\ProgramData\``.

    Without the drive, which differs from host to host, and without the user's own part. None in the root of a drive.
    """
    folder, _, _ = path.rpartition("\\")
    home = WINDOWS_HOME.match(path)
    if home is not None:
        parts = folder[home.end() :].strip("\\").split("\\")
        length = next((one for head, one in PROFILE.items() if "\\".join(parts).lower().startswith(head)), 1)
        return _joined("\\", parts, length)
    match = re.match(r"[A-Za-z]:\\", path)
    if match is None:
        return None
    parts = folder[3:].split("\\")
    length = 2 if parts[0].lower() == "users" else WINDOWS_ROOTS.get(parts[0].lower(), 1)
    kept = _joined("\\", parts, length)
    return None if kept is None else f":{kept}"


def unix_folder(path: str) -> str | None:
    """The directory of a path as ``startswith`` asks for it, or below a home directory as ``contains`` does."""
    folder, _, _ = path.rpartition("/")
    home = UNIX_HOME.match(path)
    if home is not None:
        return _joined("/", folder[home.end() :].strip("/").split("/"), 2)
    parts = folder.strip("/").split("/")
    return _joined("/", parts, UNIX_ROOTS.get(parts[0], 1))


def _joined(sign: str, parts: list[str], most: int) -> str | None:
    kept: list[str] = []
    for part in parts[:most]:
        if not part or is_random(part) or len(part) > LONGEST:
            break
        kept.append(part)
    return f"{sign}{sign.join(kept)}{sign}" if kept else None


def base_name(path: str) -> str:
    """The last part of a path, of Windows or Unix."""
    return re.split(r"[\\/]", path)[-1]


def tail(path: str) -> str:
    """The last part of a path with the separator in front of it, where there is one."""
    match = re.search(r"[\\/]?[^\\/]*\Z", path)
    return match[0] if match else path


def extension(path: str) -> str | None:
    """The extension of a path's file with its dot; None where it has none that is one."""
    match = re.search(r"[^\\/.](\.[A-Za-z][A-Za-z0-9]{0,7}|\.7z|\.[0-9]{3})$", path)
    return match[1] if match is not None else None
