"""Finds the rule that a user means, by its file, its stem, its id or its title."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from stagewatch.findings import Finding, UsageError, one_line
from stagewatch.pack import Pack, PackRule

SUGGESTED = 3


def find(pack: Pack, wanted: str) -> PackRule:
    """The rule that is meant. Raises :class:`UsageError` with the nearest names where there is none."""
    path = Path(wanted)
    if path.suffix.lower() in (".yml", ".yaml") and path.is_file():
        there = path.resolve()
        inside = [entry for entry in pack.rules if (source := entry.rule.source) and source.path.resolve() == there]
        if len(inside) > 1:
            names = ", ".join(entry.source.stem for entry in inside)
            raise UsageError(f"{one_line(wanted)} holds several rules; name one of {names}")
        if inside:
            return inside[0]
    stem = PurePosixPath(wanted.replace("\\", "/")).name.removesuffix(".yml").removesuffix(".yaml").casefold()
    for entry in pack.rules:
        if stem == entry.source.stem.casefold() or wanted.casefold() == str(entry.rule.id).casefold():
            return entry
    titled = [entry for entry in pack.rules if entry.rule.title and entry.rule.title.casefold() == wanted.casefold()]
    if len(titled) == 1:
        return titled[0]
    raise UsageError(f"there is no rule {one_line(wanted)!r}{_suggestion(stem, pack.rules)}")


def broken(pack: Pack, wanted: str) -> list[Finding]:
    """What is wrong with the file that a user means, where it holds no rule for that reason."""
    stem = PurePosixPath(wanted.replace("\\", "/")).name.removesuffix(".yml").removesuffix(".yaml").casefold()
    return [finding for finding in pack.findings if PurePosixPath(finding.path).stem.casefold() == stem]


def _suggestion(stem: str, rules: Sequence[PackRule]) -> str:
    names = {entry.source.stem.casefold(): entry.source.stem for entry in rules}
    inside = [name for name in names if stem and stem in name]
    close = difflib.get_close_matches(stem[:200], names, n=SUGGESTED, cutoff=0.5)
    found = list(dict.fromkeys([*close, *inside]))[:SUGGESTED]
    if not found:
        return f"; `--rules` names the files that are looked through, {len(rules)} rules now"
    return f"; did you mean {' or '.join(names[name] for name in found)}?"
