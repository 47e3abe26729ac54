"""Checks of reading: what keeps a file from being a rule, as the pack's reader has found it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from stagewatch.check.model import Check, Checked, Code, Place, Remark
from stagewatch.check.paths import shown
from stagewatch.findings import Finding
from stagewatch.pack import PackFilter
from stagewatch.yamlsafe import MAX_BYTES

CODES = (
    Code(
        "SW001",
        "A file cannot be read",
        "error",
        "Whatever rule it holds is in no query.",
        "Make it a plain file that can be read, or take it out of the folder of rules.",
    ),
    Code(
        "SW002",
        "A file is not YAML that can be trusted",
        "error",
        "The file does not parse, has a key twice (the second would win without a word), or is nested deeper than any "
        "rule has to be. It is in no query.",
        "Mend the YAML at this place.",
    ),
    Code(
        "SW003",
        "A document is not a Sigma rule",
        "error",
        "It has not the shape of a rule, a correlation or a filter, so that nothing is made of it.",
        "Give it the shape that the specification asks for, or move it out of the folder of rules.",
    ),
    Code(
        "SW004",
        "A key of a rule is against the specification",
        "error",
        "pySigma refuses the rule, and so does every other tool that reads Sigma. It is in no query.",
        "Write the value as the Sigma specification says.",
    ),
    Code(
        "SW005",
        "A condition cannot be read",
        "error",
        "It does not parse, or would be read as something else than what is written. The rule is in no query.",
        "Use the names of detections with and, or, not, 1 of and all of.",
    ),
    Code(
        "SW006",
        "A detection has a modifier or a value that does not work",
        "error",
        "A modifier is unknown, does not go with the others or with the value. The rule is in no query.",
        "Use modifiers of the Sigma specification, in an order in which each can work on what the one before gives.",
    ),
    Code(
        "SW007",
        "An id, a name or a file name is taken",
        "error",
        "Output files and versions are kept by them; the second rule is left out.",
        "Give the newer rule a random id, a name and a file name of its own.",
    ),
    Code(
        "SW008",
        "A correlation or a filter names a rule that is not there",
        "error",
        "A correlation without its rules is left out; a filter without its rule filters nothing.",
        "Name a rule of this pack by its id or its name, and check the rule together with what refers to it.",
    ),
)

KINDS: Mapping[str, str] = {
    "file": "SW001",
    "yaml": "SW002",
    "shape": "SW003",
    "specification": "SW004",
    "": "SW004",
    "condition": "SW005",
    "detection": "SW006",
    "repeated": "SW007",
    "reference": "SW008",
}
"""What the reader calls the kind of a finding -> our code."""


def reading(checked: Checked) -> Iterator[Remark]:
    """What the reader has found."""
    for finding in checked.pack.findings:
        yield Remark(KINDS[finding.kind], _place(checked, finding), finding.message, rule=Path(finding.path).stem)


def _place(checked: Checked, finding: Finding) -> Place:
    """The finding's place, with the column at which its line's text begins where it has none of its own."""
    path = checked.pack.files.get(finding.path)
    if path is None:  # a folder
        return Place(finding.path, finding.line, finding.column)
    column = finding.column
    if column is None and finding.line is not None:
        column = _indent(path, finding.line)
    return Place(shown(checked.layout, path), finding.line, column)


def _indent(path: Path, line: int) -> int | None:
    try:
        with path.open("rb") as stream:
            lines = stream.read(MAX_BYTES).split(b"\n")
    except OSError:
        return None
    found = lines[line - 1] if 0 < line <= len(lines) else b""
    return len(found) - len(found.lstrip(b" \t")) + 1


def filters(checked: Checked) -> Iterator[Remark]:
    """Rules that filters name and that are not there."""
    known = {str(mark) for entry in checked.pack.rules for mark in (entry.rule.id, entry.rule.name) if mark is not None}
    for subject in checked.subjects:
        if not isinstance(subject.entry, PackFilter):
            continue
        named = subject.entry.filter.filter.rules
        for index, reference in enumerate(() if isinstance(named, str) else named):
            if reference.reference not in known:
                message = f"the filter names the rule {reference.reference}, which is not among the rules"
                place = subject.places("filter", "rules", index)
                yield Remark("SW008", place, message, rule=subject.entry.source.stem)


CHECKS: tuple[Check, ...] = (reading, filters)
