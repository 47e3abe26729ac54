"""What of a command line or a script tells what is done: switches, commands, places; not names, numbers, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch.new.values import (
    LONGEST,
    Word,
    extension,
    is_path,
    is_random,
    quoted_away,
    switch,
    unix_folder,
    windows_folder,
    words,
)

MOST = 5
"""Values asked for at once: each more is one more way to evade."""

_GIVES = frozenset({"/c", "/k", "/r", "-c", "-e", "-lc"})
"""Switches with which a shell takes a command as one word."""
_VERB = re.compile(r"[A-Za-z][A-Za-z-]{0,17}$")
_CMDLET = re.compile(
    r"\b(?:Add|Backup|Clear|Compress|Connect|Convert|ConvertTo|Copy|Disable|Enable|Expand|Export|Find|Get|Import|"
    r"Install|Invoke|Join|Mount|Move|New|Out|Read|Receive|Register|Remove|Rename|Restore|Save|Search|Select|Send|Set|"
    r"Split|Start|Stop|Unregister|Write)-[A-Z]\w{2,40}\b",
    re.IGNORECASE,
)
_DULL = frozenset(
    {
        "write-host",
        "write-output",
        "write-verbose",
        "write-error",
        "out-null",
        "out-string",
        "get-date",
        "get-member",
        "select-object",
        "get-variable",
        "set-variable",
        "new-object",
        "set-strictmode",
    }
)
_TYPE = re.compile(r"\b(?:System|Microsoft|Windows)(?:\.[A-Z]\w+){1,5}\b|\b(?:IO|Net|Text)(?:\.[A-Z]\w+){1,4}\b")
_CALL = re.compile(r"::(?!new\b)[A-Z]\w{3,40}\b")
_PARAMETER = re.compile(r"(?<=\s)-[A-Za-z]{3,24}\b")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\.+")
_SCRIPT_PATH = re.compile(r"(?<=[\"'])[A-Za-z]:\\[^\"'\r\n]+|(?<![\w\"'])[A-Za-z]:\\[^\s\"'|<>;,()]+")
"""With blanks only in quotes."""
_UNC = re.compile(r"(?<![\w\\:])\\\\(?![.?]\\)[\w.-]+\\")
_VARIABLE = re.compile(r"(?:%\w{3,20}%|\$env:\w{3,20})", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{4,40}")
_PLACES = re.compile(
    r"temp|tmp|public|programdata|perflogs|recycle|appdata|debug|tasks|volume information", re.IGNORECASE
)
_HIVE = re.compile(r"\b(?:hklm|hkcu|hku|hkey_\w+)(?:\\\w+){1,3}", re.IGNORECASE)
_SCRIPT_HOST = re.compile(r"(?:^|[\\/\"])(?:powershell|pwsh)(?:\.exe)?(?:\"|\s|$)", re.IGNORECASE)


def of_line(line: str, windows: bool, identities: frozenset[str]) -> list[str]:
    """The texts of a command line that are worth asking for, as they stand in it."""
    if _SCRIPT_HOST.search(line.split(None, 1)[0] if line.split() else ""):
        found = list(_of_powershell(line, identities))
    else:
        found = list(_of_words(line, windows, identities))
    return _kept(found, line)


def of_script(text: str, identities: frozenset[str]) -> list[str]:
    """The texts of a script block that are worth asking for."""
    found = list(_of_powershell(text, identities))
    if not any(_CMDLET.match(one) for one in found):
        line = next((one for one in text.splitlines() if one.strip()), "")
        found = [*_first(line, identities), *_of_words(line, True, identities), *found]
    if not found:
        found = [word for word in _WORD.findall(text) if word.lower() not in identities][:3]
    return _kept(found, text)


def _kept(found: list[str], text: str) -> list[str]:
    """At most :data:`MOST`, each in the text, none part of another, which it would be asked for with."""
    inside = [one for one in dict.fromkeys(found) if one in text and 2 <= len(one) <= LONGEST and one.isprintable()]
    folded: dict[str, str] = {}
    for one in inside:
        folded.setdefault(one.lower(), one)
    once = list(folded.values())
    alone = [one for one in once if not any(one is not other and one.lower() in other.lower() for other in once)]
    return alone[:MOST]


def _of_words(line: str, windows: bool, identities: frozenset[str]) -> Iterator[str]:
    verbs = 0
    leading = True
    inner = given = False
    for number, word in enumerate(words(line)):
        bare = word.bare
        if number == 0:
            continue
        if inner and " " in bare:  # the command that a shell is given
            yield from _first(bare, identities)
            yield from _of_words(bare, windows, identities)
            continue
        inner, was_given = bare.lower() in _GIVES, given
        found = switch(word) if windows or word.text.lstrip("\"'").startswith("-") else None
        given = found is not None and not found.endswith((":", "="))  # the next word is its value, a password maybe
        if found is not None:
            yield _stood(word, found)
        elif _HIVE.match(bare):
            yield _HIVE.match(bare)[0]  # type: ignore[index]  # it does
        elif is_path(bare):
            leading = False
            yield from _of_path(bare, windows)
        elif leading and not was_given and verbs < 3 and (len(bare) > 1 or number == 1) and _is_plain(bare, identities):
            verbs += 1
            yield _alone(word)
        elif (ending := extension(bare)) is not None and "://" not in bare:
            leading = False
            yield ending


def _first(line: str, identities: frozenset[str]) -> Iterator[str]:
    """The program at the beginning of a command, without its path."""
    name = re.split(r"[\\/]", next((word.bare for word in words(line)), ""))[-1]
    if len(name) > 1 and _is_plain(name.removesuffix(".exe"), identities):
        yield name


def _is_plain(word: str, identities: frozenset[str]) -> bool:
    return _VERB.match(word) is not None and word.lower() not in identities and not is_random(word)


def _stood(word: Word, found: str) -> str:
    """A switch with what stands in front of it, so that it is none inside of a word."""
    quote = word.text[: len(word.text) - len(word.text.lstrip("\"'"))][:1]
    return f"{quote or word.before}{found}"


def _alone(word: Word) -> str:
    """A command of its own: blanks on both sides, or in front where it stands last or in quotes."""
    if word.bare != word.text:
        return word.bare if len(word.bare) > 3 else f" {word.text}"
    return f"{word.before}{word.text}" if word.is_last else f"{word.before}{word.text} "


def _of_path(text: str, windows: bool) -> Iterator[str]:
    path = quoted_away(text)
    if windows:
        match = _WINDOWS_PATH.search(path)
        folder = windows_folder(match[0]) if match else None
        variable = _VARIABLE.search(path)
        if _UNC.match(path):
            yield "\\\\"
        elif folder is not None and _PLACES.search(folder):
            yield folder
        elif variable is not None:
            yield variable[0]
    else:
        match = re.search(r"/(?!/).*", path)
        folder = unix_folder(match[0]) if match else None
        if folder is not None and (_PLACES.search(folder) or folder.startswith(("/dev/shm", "/."))):  # noqa: S108
            yield folder
    if (ending := extension(path)) is not None and ending.lower() not in (".exe", ".dll", ".com", ".bat", ".cmd"):
        yield ending


def _of_powershell(text: str, identities: frozenset[str]) -> Iterator[str]:
    cmdlets = [name for name in _CMDLET.findall(text) if name.lower() not in _DULL and name.lower() not in identities]
    yield from list(dict.fromkeys(cmdlets))[:3]
    yield from list(dict.fromkeys(_TYPE.findall(text)))[:1]
    yield from list(dict.fromkeys(_CALL.findall(text)))[:1]
    for path in _SCRIPT_PATH.findall(text):
        folder = windows_folder(path)
        if folder is not None and _PLACES.search(folder):
            yield folder
    yield from _VARIABLE.findall(text)[:1]
    if (share := _UNC.search(text)) is not None:
        yield f"{text[share.start() - 1 : share.start()]}\\\\"
    if not cmdlets:
        yield from (f" {name}" for name in list(dict.fromkeys(_PARAMETER.findall(text)))[:2])
