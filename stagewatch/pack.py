"""Reads a pack: every rule, correlation and filter below the given paths, and what is wrong with the others.

Rule files are untrusted. Whatever a file holds, the result is either a loaded rule or one finding with file and,
where it is known, line; the other files are unharmed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyparsing import ParseException
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaConditionError, SigmaError, SigmaRuleLocation
from sigma.rule import SigmaRule

from sigma.filters import SigmaFilter  # type: ignore[attr-defined]  # mypy takes the folder sigma/filters for it
from stagewatch.conditions import misread, not_renamed
from stagewatch.detections import detection_items
from stagewatch.findings import BREAKDOWNS, Finding, UsageError, one_line
from stagewatch.shapes import misshapen
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

SUFFIXES = frozenset({".yml", ".yaml"})

Sigma = SigmaRule | SigmaCorrelationRule


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule stands. ``path`` starts at the folder that was named, so that it is the same on every machine."""

    path: str
    line: int
    stem: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PackRule:
    """A rule or a correlation that loaded."""

    source: Source
    rule: Sigma


@dataclass(frozen=True, slots=True)
class PackFilter:
    """A Sigma filter that loaded. It changes nothing until it is applied."""

    source: Source
    filter: SigmaFilter


@dataclass(slots=True)
class Pack:
    """What was read: rules in order of their paths, filters, and the findings on everything else."""

    rules: list[PackRule] = field(default_factory=list)
    filters: list[PackFilter] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    """Path as it is shown -> where the file is, for every file that was looked at."""


Rewrite = Callable[[str, str], str]
"""The file stem and the text of a rule file -> the text to read in its place."""


def read_pack(paths: Sequence[Path], rewrite: Rewrite | None = None, root: Path | None = None) -> Pack:
    """Read every Sigma file at or below ``paths``. Raises :class:`UsageError` where a path does not exist.

    ``rewrite`` changes the texts in memory, before anything is read from them; the hash is that of the changed text.
    ``root`` is the repository of the paths: they are then shown from there, and no symbolic link leads out of it.
    """
    pack = Pack()
    seen: set[str] = set()
    within = None if root is None else os.path.realpath(root)
    for top in paths:
        for path, shown in _files(top, pack.findings, root):
            place = os.path.realpath(path)
            if within is not None and not Path(place).is_relative_to(within):
                message = "a symbolic link that leads out of the repository"
                pack.findings.append(_finding(shown, None, message, "file"))
                continue
            if place not in seen:  # a file below two of the paths is read once
                seen.add(place)
                pack.files[shown] = path
                _read_file(path, shown, pack, rewrite)
    pack.rules.sort(key=lambda entry: (entry.source.path, entry.source.line))
    _refuse_repeated(pack)
    _resolve_correlations(pack)
    pack.findings.sort(key=lambda finding: (finding.path, finding.line or 0, finding.message))
    return pack


def apply_filters(pack: Pack, filters: Iterable[PackFilter]) -> None:
    """Apply Sigma filters to the rules of the pack that they name, in place: rule AND the filter's condition."""
    known = {str(mark) for entry in pack.rules for mark in (entry.rule.id, entry.rule.name) if mark is not None}
    for entry in filters:
        named = entry.filter.filter.rules
        for reference in () if isinstance(named, str) else named:
            if reference.reference not in known:
                message = f"the filter names the rule {reference.reference}, which is not among the rules"
                pack.findings.append(_finding(entry.source.path, entry.source.line, message, "reference"))
        for rule in pack.rules:
            try:
                entry.filter.apply_on_rule(rule.rule)
            except SigmaError as error:
                pack.findings.append(_finding(entry.source.path, entry.source.line, _message(error), "reference"))
                break


def _files(top: Path, findings: list[Finding], root: Path | None) -> Iterator[tuple[Path, str]]:
    """The YAML files at or below a path, in order, each with the path to show: from the root, else from its name."""
    if not os.path.lexists(top):
        raise UsageError(f"no such file or folder: {top}")
    if root is not None and top.is_relative_to(root):
        base = top.relative_to(root).as_posix()
    else:
        base = top.resolve().name if top.name in ("", ".", "..") else top.name
    if not top.is_dir():
        yield top, base
        return
    yield from _walk(top, base, (), findings)


def _walk(
    folder: Path, shown: str, above: tuple[tuple[int, int], ...], findings: list[Finding]
) -> Iterator[tuple[Path, str]]:
    """Walk a folder tree, symbolic links included, without walking in circles."""
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        findings.append(_finding(shown, None, f"cannot be read: {error.strerror or error}", "file"))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        findings.append(_finding(shown, None, "a symbolic link that leads back to a folder above it", "file"))
        return
    for entry in entries:
        path, name = folder / entry.name, f"{shown}/{entry.name}"
        if entry.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, name, (*above, identity), findings)
        elif path.suffix.lower() in SUFFIXES:
            yield path, name


def _read_file(path: Path, shown: str, pack: Pack, rewrite: Rewrite | None) -> None:
    if not (path.is_file() or path.is_symlink()):
        pack.findings.append(_finding(shown, None, "not a regular file", "file"))
        return
    if not shown.isprintable():  # it becomes the name of output files
        pack.findings.append(_finding(shown, None, "the file's name holds characters that cannot be printed", "file"))
        return
    kind = "file"
    try:
        raw = read_raw(path)
        kind = "yaml"
        documents = load_documents(decoded(raw))
        if rewrite is not None and (changed := rewrite(path.stem, decoded(raw))) != decoded(raw):
            raw = changed.encode()
            documents = load_documents(changed)
    except YamlError as error:
        pack.findings.append(_finding(shown, error.line, str(error), kind, error.column))
        return
    if not documents:
        pack.findings.append(_finding(shown, None, "holds no rule", "shape"))
    for line, data in documents:
        if isinstance(data, dict) and "action" in data:  # it changes what the documents after it mean
            message = f"action: {data['action']} is not supported; write each rule of the file in full"
            pack.findings.append(_finding(shown, _line_of(path, line, "action"), message, "shape"))
            return
    digest = hashlib.sha256(raw).hexdigest()
    for number, (line, data) in enumerate(documents, start=1):
        stem = path.stem if len(documents) == 1 else f"{path.stem}-{number}"
        _read_document(data, path, Source(shown, line, stem, digest), pack)


def _read_document(data: Any, path: Path, source: Source, pack: Pack) -> None:
    """Make a rule, correlation or filter of one YAML document, or a finding for each thing wrong with it."""
    if not isinstance(data, dict):
        message = "not a Sigma rule: the document is no mapping"
        pack.findings.append(_finding(source.path, source.line, message, "shape"))
        return
    problem = misshapen(data)
    if problem is not None:
        key, message = problem
        pack.findings.append(_finding(source.path, _line_of(path, source.line, key), message, "shape"))
        return
    location = SigmaRuleLocation(path)
    kind = SigmaCorrelationRule if "correlation" in data else SigmaFilter if "filter" in data else SigmaRule
    loaded, errors = _parse(kind, data, location)
    if errors:
        for problem_found in errors:
            key = _key_of(problem_found)
            kind_found = key if key in ("condition", "detection") else "specification"
            message = _message(problem_found)
            pack.findings.append(_finding(source.path, _line_of(path, source.line, key), message, kind_found))
    elif isinstance(loaded, SigmaFilter):
        pack.filters.append(PackFilter(source, loaded))
    elif loaded is not None:
        pack.rules.append(PackRule(source, loaded))


def _parse(kind: Any, data: dict[Any, Any], location: SigmaRuleLocation) -> tuple[Any, list[Exception]]:
    """The rule that pySigma makes of a document and everything it finds wrong with it."""
    try:
        loaded = kind.from_dict(data, collect_errors=True, source=location)
        if not loaded.errors:
            _check_conditions(loaded)
        return loaded, list(loaded.errors)
    except SigmaError as error:
        return None, [error]
    except BREAKDOWNS as error:
        return None, [_first_error(kind, data, location) or _wrong_type(error)]


def _first_error(kind: Any, data: dict[Any, Any], location: SigmaRuleLocation) -> SigmaError | None:
    """pySigma's own first error on a document on which collecting all of them failed."""
    with contextlib.suppress(*BREAKDOWNS):
        try:
            kind.from_dict(data, collect_errors=False, source=location)
        except SigmaError as error:
            return error
    return None


def _check_conditions(loaded: SigmaRule | SigmaCorrelationRule | SigmaFilter) -> None:
    """Parse conditions once, so that a wrong one is a finding on the rule and not on each target."""
    if isinstance(loaded, SigmaCorrelationRule):
        return
    detections = loaded.detection if isinstance(loaded, SigmaRule) else loaded.filter
    for condition in detections.parsed_condition:
        problem = misread(condition.condition, detections)
        name = not_renamed(condition.condition) if isinstance(loaded, SigmaFilter) else None
        if name is not None:
            problem = f"the name {name} in a filter's condition must start with a letter and be no operator"
        if problem is not None:
            raise SigmaConditionError(problem)
        if any(item.field is None for item in detection_items(detections.detections.values())):
            condition.parse()  # pySigma refuses keywords without a value here


def _wrong_type(error: Exception) -> SigmaError:
    return SigmaError(f"a value has the wrong type ({type(error).__name__}: {error})")


def _refuse_repeated(pack: Pack) -> None:
    """Refuse the second rule with an id, a name or an output file name that is taken."""
    taken: dict[tuple[str, str], Source] = {}
    kept: list[PackRule] = []
    for entry in pack.rules:
        rule, source = entry.rule, entry.source
        marks = [("file name", source.stem.casefold())]
        marks += [("id", str(rule.id))] if rule.id is not None else []
        marks += [("name", rule.name)] if rule.name is not None else []
        clash = next((mark for mark in marks if mark in taken), None)
        if clash is None:
            taken.update(dict.fromkeys(marks, source))
            kept.append(entry)
        else:
            other = taken[clash]
            message = f"the {clash[0]} {clash[1]} is already used by {other.path}:{other.line}"
            pack.findings.append(_finding(source.path, source.line, message, "repeated"))
    pack.rules = kept


def _resolve_correlations(pack: Pack) -> None:
    """Resolve what correlations refer to; one that names a missing rule becomes a finding."""
    collection = SigmaCollection([entry.rule for entry in pack.rules], resolve_references=False)
    kept: list[PackRule] = []
    for entry in pack.rules:
        if isinstance(entry.rule, SigmaCorrelationRule):
            try:
                entry.rule.resolve_rule_references(collection)
                _refuse_twice_named(entry.rule)
            except SigmaError as error:
                message = f"correlation: {_message(error)}"
                pack.findings.append(_finding(entry.source.path, entry.source.line, message, "reference"))
                continue
        kept.append(entry)
    pack.rules = kept


def _refuse_twice_named(rule: SigmaCorrelationRule) -> None:
    """One rule named twice, by id and by name, would be counted twice."""
    named = [id(reference.rule) for reference in rule.referenced_rules]
    for index, reference in enumerate(rule.referenced_rules):
        if named.index(id(reference.rule)) < index:
            raise SigmaError(f"Rule '{reference.reference}' is named twice")


_KEYS_BY_ERROR = (
    ("Condition", "condition"),
    ("Detection", "detection"),
    ("Logsource", "logsource"),
    ("Level", "level"),
    ("Status", "status"),
    ("Date", "date"),
    ("Modified", "modified"),
    ("Identifier", "id"),
    ("Title", "title"),
    ("Tag", "tags"),
    ("Timespan", "timespan"),
    ("Correlation", "correlation"),
    ("Modifier", "detection"),
    ("RegularExpression", "detection"),
    ("Type", "detection"),
    ("Value", "detection"),
    ("Filter", "filter"),
    ("Fields", "fields"),
    ("Related", "related"),
)


def _key_of(error: Exception) -> str:
    """The key of a rule that a pySigma error is about, from the error's class; empty where it tells nothing."""
    name = type(error).__name__
    return next((key for word, key in _KEYS_BY_ERROR if word in name), "")


def _line_of(path: Path, first: int, key: str) -> int:
    """The line of the first ``key:`` at or after a line; the given line where there is none."""
    if key:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        for number, line in enumerate(lines[first - 1 :], start=first):
            if re.match(rf"\s*{re.escape(key)}\s*:", line):
                return number
    return first


def _message(error: Exception) -> str:
    parsing = error.__context__
    if isinstance(parsing, ParseException):
        return f"the condition {parsing.line!r} cannot be read at character {parsing.column}"
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.splitlines()[0] if text else type(error).__name__


def _finding(path: str, line: int | None, message: str, kind: str = "", column: int | None = None) -> Finding:
    return Finding(one_line(path), line, None, one_line(message), column, kind)
