"""Folders with so many rules: the pack under other names and ids, and foreign rules."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from uuid import UUID, uuid5

_NAME = re.compile(r"^name: (\S+)$", re.MULTILINE)
_ID = re.compile(r"^id: (\S+)$", re.MULTILINE)


def pack_repeated(pack: Path, folder: Path, number: int) -> Path:
    """So many rules: the pack's own first, then copies with names and ids of their own."""
    folder.mkdir(parents=True)
    for name, text in islice(_copies(pack), number):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _copies(pack: Path) -> Iterator[tuple[str, str]]:
    """File name and text; a correlation comes after the rules that it refers to."""
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(pack.rglob("*.yml"), key=lambda path: (path.stem.startswith("correlation"), path.stem))
        if path.parent.name != "filters"
    }
    names = {name for text in texts.values() for name in _NAME.findall(text)}
    for copy in count():
        for stem, text in texts.items():
            yield f"{stem}_{copy}.yml", _renamed(text, names, copy) if copy else text


def _renamed(text: str, names: set[str], copy: int) -> str:
    text = _ID.sub(lambda found: f"id: {uuid5(UUID(found[1]), str(copy))}", text)
    text = _NAME.sub(lambda found: f"name: {found[1]}_{copy}", text)
    return re.sub(
        r"^( +- )(\w+)$", lambda found: found[0] + (f"_{copy}" if found[2] in names else ""), text, flags=re.MULTILINE
    )


def foreign(rules: Path, folder: Path, number: int) -> Path:
    """So many rules for process starts on Windows, spread over all that there are.

    Raises :class:`ValueError` where there are fewer.
    """
    found = sorted((rules / "sigmahq" / "rules" / "windows" / "process_creation").rglob("*.yml"))
    if len(found) < number:
        raise ValueError(f"{len(found)} rules below {rules}, {number} are wanted")
    folder.mkdir(parents=True)
    for place in range(number):
        shutil.copy(found[place * len(found) // number], folder)
    return folder
