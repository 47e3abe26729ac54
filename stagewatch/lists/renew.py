"""Compares rule files with the lists and writes the lists into those that have drifted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from stagewatch.findings import Finding
from stagewatch.lists.carried import END_OF_LINE, Difference, differences
from stagewatch.lists.model import Lists
from stagewatch.output import replace_file
from stagewatch.yamlsafe import YamlError, decoded, read_raw


def drift(rules: Path, lists: Lists) -> dict[Path, list[Difference]]:
    """The differences of each rule file below a folder that has any, in the order of their paths.

    A file that is no YAML counts as one difference, so that it is not passed over.
    """
    found: dict[Path, list[Difference]] = {}
    for path in _files(rules):
        try:
            different = differences(decoded(read_raw(path)), path.stem, lists)
        except YamlError as error:
            different = [Difference(error.line or 1, str(error))]
        if different:
            found[path] = different
    return found


def orphans(rules: Path, lists: Lists) -> list[str]:
    """The thresholds that no rule file answers to, by name."""
    stems = {path.stem for path in _files(rules)}
    return sorted(lists.thresholds.keys() - stems)


def _files(rules: Path) -> list[Path]:
    """The rule files at or below a path, in order."""
    return [rules] if rules.is_file() else sorted(path for path in rules.rglob("*") if path.suffix in (".yml", ".yaml"))


def shown(rules: Path, path: Path, name: str = "") -> str:
    """A rule file as it is printed: below the folder's name, or what the folder is called in its place."""
    name = name or rules.name
    return name if path == rules else f"{name}/{path.relative_to(rules).as_posix()}"


def findings_of(rules: Path, drifted: dict[Path, list[Difference]], name: str = "") -> list[Finding]:
    """One finding for each difference; ``name`` is as :func:`shown` has it."""
    return [
        Finding(shown(rules, path, name), one.line, None, one.message)
        for path, different in drifted.items()
        for one in different
    ]


def renew(drifted: dict[Path, list[Difference]]) -> list[Path]:
    """Write the lists into the rules, as far as a difference knows what to write, and return the files changed."""
    changed = []
    for path, different in drifted.items():
        text = decoded(read_raw(path))
        healed = healed_text(text, different)
        if healed != text:
            replace_file(path, healed.encode())
            changed.append(path)
    return changed


def healed_text(text: str, different: Iterable[Difference]) -> str:
    """A rule's text with the differences healed, from the last to the first so that places stay right."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    known = [one for one in different if one.start is not None]
    for one in sorted(known, key=lambda one: one.start or (0, 0), reverse=True):
        start, end = _offset(one.start, lines, starts), _offset(one.end, lines, starts)
        text = text[:start] + one.text + text[end:]
    return text


def _offset(place: tuple[int, int] | None, lines: Sequence[str], starts: Sequence[int]) -> int:
    line, column = place or (0, 0)
    length = len(lines[line].rstrip("\r\n")) if line < len(lines) else 0
    return starts[line] + (length if column == END_OF_LINE else column)
