"""From rules to :class:`Objects`: one rule at a time, with names that no two objects of a platform share."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from stagewatch.findings import Unsupported, one_line
from stagewatch.objects.base import Deployable, Objects


def collect(rules: Sequence[Deployable], write: Callable[[Deployable], Mapping[str, bytes]]) -> Objects:
    """The files that ``write`` makes of each rule; a rule for which it raises :class:`Unsupported` is refused."""
    result = Objects()
    for rule in sorted(rules, key=lambda rule: rule.description.stem):
        stem = rule.description.stem
        try:
            files = write(rule)
        except Unsupported as reason:
            result.refused[stem] = str(reason)
        else:
            result.files.update(files)
            result.of[stem] = tuple(sorted(files))
    return result


def add_shared(result: Objects, path: str, content: bytes) -> None:
    """Add a file that belongs to every rule that has an object."""
    result.files[path] = content
    result.of = {stem: tuple(sorted({*paths, path})) for stem, paths in result.of.items()}


def display_names(rules: Sequence[Deployable]) -> Mapping[str, str]:
    """Stem -> the title in one line; with the stem where rules share a title, as platforms find objects by name."""
    titles = {rule.description.stem: one_line(rule.description.title) or rule.description.stem for rule in rules}
    shared = Counter(title.casefold() for title in titles.values())
    return {
        stem: title if shared[title.casefold()] == 1 else f"{title} ({stem})" for stem, title in sorted(titles.items())
    }


def identifier(stem: str) -> str:
    """The stem as a name of ASCII letters, digits and underscores that begins with a letter.

    A stem that had to be changed carries its checksum, so that two of them never become one name.
    """
    word = re.sub(r"[^A-Za-z0-9_]+", "_", stem).strip("_")
    if word == stem and word[:1].isalpha():
        return word
    return "_".join(part for part in ("rule", word, f"{zlib.crc32(stem.encode('utf-8', 'replace')):08x}") if part)
