r"""Splunk's ``.conf`` files: settings that read back as they were written, and text of rules that nothing evaluates.

A backslash at the end of a line joins the next one to it, so a value that ends in one swallows the setting below it,
and nothing reports that: AppInspect 4.3.1 finds nothing (measured). A value is therefore one line that does not end in
a backslash. Searches are written in one line too, since the command ``savedsearch`` "does not currently work with
multi-line search strings" ("savedsearches.conf", ``search``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stagewatch.findings import Unsupported, one_line

DOLLAR = "\uff04"
r"""Stands for ``$`` in a rule's text: ``$name$`` is replaced by a value in titles, descriptions and messages of alerts
("Use tokens in email notifications"), and no escape is documented for these."""

BACKSLASH = "\uff3c"
r"""Stands for ``\`` at the end of a rule's text."""

NAME_LENGTH = 81
"""Characters of a search's name: Enterprise Security takes 99 for ``<domain> - <name> - Rule``, as a clone is called,
and the longest domain has 8 (splunk/contentctl, ``detection_abstract.py``)."""

_STRINGS = re.compile(r'(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*')
_NOT_IN_NAMES = re.compile(r"[^\w .()-]+")


def text(value: str) -> str:
    """A rule's text in one line, with nothing in it that Splunk would replace or read as a continued line."""
    line = " ".join(one_line(value).split()).replace("$", DOLLAR)
    return f"{line[:-1]}{BACKSLASH}" if line.endswith("\\") else line


def block(value: str) -> str:
    """A rule's text of several lines for a notable's next steps, where ``[[action|...]]`` is a link to an action."""
    safe = value.replace("$", DOLLAR)
    while "[[" in safe:
        safe = safe.replace("[[", "[ [")
    return safe


def search(query: str) -> str:
    """A query in one line. Raises :class:`Unsupported` for one whose line breaks are more than blanks."""
    lines = [line.strip(" ") for line in query.split("\n")]
    if not all(map(_STRINGS.fullmatch, lines)):
        raise Unsupported("the search has a line break inside a string, and a value of a .conf file is one line")
    return " ".join(lines)


def search_name(stem: str, identifier: str) -> str:
    """The name of a rule's search, by which Splunk knows it: changing a title changes no name.

    ``identifier`` sets apart the names of stems that had to be shortened or had other characters: brackets end a
    stanza's name, and a slash or a colon parts an address of the REST API.
    """
    name = _NOT_IN_NAMES.sub("_", stem)
    room = NAME_LENGTH - len(_named(""))
    if name != stem or len(name) > room or name != name.strip():
        name = f"{name[: room - 9].strip()}_{identifier[:8]}"
    return _named(name)


def _named(name: str) -> str:
    return f"Stagewatch - {name} - Rule"


def stanza(name: str, settings: Mapping[str, str]) -> str:
    """A stanza with its settings in their order. Raises :class:`Unsupported` for a value that would not read back."""
    return "".join([f"[{name}]\n", *(_setting(key, value) for key, value in settings.items())])


def _setting(key: str, value: str) -> str:
    if any(character in value for character in "\r\n\0") or value != value.strip() or value.endswith("\\"):
        raise Unsupported(f"the value of {key} cannot stand in a .conf file: {value[-40:]!r}")
    return f"{key} = {value}\n"
