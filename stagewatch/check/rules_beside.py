"""Checks of what stands beside a rule: fixture, guide, named lists, version.

What a repository does not keep at all is not asked for, and neither is anything for rules that are not its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from sigma.correlations import SigmaCorrelationRule

from stagewatch.check.model import Check, Checked, Code, Place, Remark, Subject
from stagewatch.check.own import is_own, own
from stagewatch.check.paths import shown
from stagewatch.findings import Finding, UsageError
from stagewatch.fixtures import Case, Fixture, read_fixtures
from stagewatch.lists.carried import differences
from stagewatch.lists.model import read_lists
from stagewatch.meaning import meaning
from stagewatch.versions import read_lock
from stagewatch.yamlsafe import YamlError, decoded, read_raw

CODES = (
    Code(
        "SW400",
        "A file beside the rules cannot be read",
        "error",
        "A fixture, a list, the lock of versions or the record of proofs: what it says counts for nothing.",
        "Mend the file, or write it anew with the command that made it.",
    ),
    Code(
        "SW401",
        "A rule has no fixture",
        "warning",
        "Nothing shows that any of its queries finds what it is to find.",
        "Add an info.yml that names the rule by its id, with events that it must hit and near misses that it must not.",
    ),
    Code(
        "SW402",
        "A fixture has no event that must be hit",
        "warning",
        "A query that never fires would pass.",
        "Add an event of the behaviour.",
    ),
    Code(
        "SW403",
        "A fixture has no event that must not be hit",
        "warning",
        "A query that fires on everything would pass.",
        "Add a near miss: the same command elsewhere, what a filter lets pass.",
    ),
    Code(
        "SW404",
        "A fixture is of no rule",
        "warning",
        "Its events are never tried: the rule has gone or its id has changed.",
        "Name the rule's id in the fixture, or delete it.",
    ),
    Code(
        "SW411",
        "A rule has no guide",
        "warning",
        "The one who gets the alert is not told what to do with it.",
        "Write a guide under the rule's file name in the folder of guides.",
    ),
    Code(
        "SW412",
        "A guide is of no rule",
        "note",
        "Nobody is led to it: the rule has gone or its file was renamed.",
        "Give it the name of the rule's file, or delete it.",
    ),
    Code(
        "SW421",
        "A rule differs from a list that it carries",
        "error",
        "The rules that carry the list no longer look at the same places.",
        "Renew it from the list, or change the list.",
        fixable=True,
    ),
    Code(
        "SW422",
        "A threshold is of no rule",
        "warning",
        "It has no effect: the correlation has gone or its file was renamed.",
        "Name the correlation's file in the list, or take the threshold away.",
    ),
    Code(
        "SW431",
        "A rule has no version",
        "warning",
        "What platforms import carries the version: they cannot tell a new rule from a changed one.",
        "Run python convert.py versions --renew.",
    ),
    Code(
        "SW432",
        "A rule has another meaning than its version",
        "error",
        "Two different rules go about under the same number.",
        "Run python convert.py versions --renew, which raises the number.",
    ),
    Code(
        "SW433",
        "A version is of no rule",
        "warning",
        "The rule has gone, or its id has changed and with it its history.",
        "Give the rule its id back, or run python convert.py versions --renew.",
    ),
)


def fixtures(checked: Checked) -> Iterator[Remark]:
    """Fixtures that are missing, one-sided or left over."""
    folder = checked.layout.fixtures
    if not checked.layout.has("fixtures", folder):
        return
    findings: list[Finding] = []
    known = read_fixtures(folder, findings)
    prefix = checked.layout.shown(folder.parent) if folder.parent != checked.layout.root else ""
    for finding in findings:
        yield _unreadable(finding, prefix)
    rules = own(checked)
    for subject, rule in rules:
        fixture = known.get(str(rule.id))
        if fixture is None:
            if not findings:  # it may be the one that cannot be read
                yield _remark(subject, "SW401", f"no fixture in {checked.layout.shown(folder)} names the rule's id")
            continue
        path = f"{prefix}/{fixture.path}" if prefix else fixture.path
        yield from _sides(subject, fixture, path, isinstance(rule, SigmaCorrelationRule))
    if checked.whole and not checked.pack.findings:  # a rule that did not load has not gone
        ids = {str(rule.id) for _, rule in rules}
        for identifier, fixture in sorted(known.items(), key=lambda one: one[1].path):
            if identifier not in ids:
                path = f"{prefix}/{fixture.path}" if prefix else fixture.path
                yield Remark("SW404", Place(path), f"no rule has the id {identifier}")


def _sides(subject: Subject, fixture: Fixture, path: str, correlation: bool) -> Iterator[Remark]:
    stem = subject.entry.source.stem
    if not any(_hits(case, correlation) for case in fixture.cases):
        yield Remark("SW402", Place(path), "no event of the fixture must be hit", rule=stem)
    if not any(_spares(case, correlation) for case in fixture.cases):
        yield Remark("SW403", Place(path), "every event of the fixture must be hit", rule=stem)


def _hits(case: Case, correlation: bool) -> bool:
    if correlation and (case.groups or case.also_found):
        return True
    return bool(case.events) and case.match_count != 0


def _spares(case: Case, correlation: bool) -> bool:
    """Whether there is an event that must not be hit; of a correlation, events without a group that must be found."""
    if correlation:
        return bool(case.events) and not case.groups and case.match_count == 0
    if case.matching is not None:
        return len(case.matching) < len(case.events)
    return case.match_count is not None and case.match_count < len(case.events)


def guides(checked: Checked) -> Iterator[Remark]:
    """Guides that are missing or left over."""
    folder = checked.layout.guides
    if not checked.layout.has("guides", folder):
        return
    there = {path.stem for path in folder.glob("*.md")}
    rules = own(checked)
    for subject, _ in rules:
        stem = subject.entry.source.stem
        if stem not in there:
            yield _remark(subject, "SW411", f"there is no {checked.layout.shown(folder)}/{stem}.md")
    if checked.whole and not checked.pack.findings:
        stems = {subject.entry.source.stem for subject, _ in rules}
        for stem in sorted(there - stems - {"README", "index"}):
            place = Place(f"{checked.layout.shown(folder)}/{stem}.md")
            yield Remark("SW412", place, f"there is no rule file {stem}")


def lists(checked: Checked) -> Iterator[Remark]:
    """Rules that differ from their lists, and thresholds of rules that are not there."""
    folder = checked.layout.lists
    if not checked.layout.has("lists", folder):
        return
    findings: list[Finding] = []
    known = read_lists(folder, findings)
    prefix = checked.layout.shown(folder.parent) if folder.parent != checked.layout.root else ""
    for finding in findings:
        yield _unreadable(finding, prefix)
    mine = (subject.entry.source.path for subject in checked.subjects if is_own(checked, subject))
    for path in sorted({checked.pack.files[name] for name in mine}):
        try:
            found = differences(decoded(read_raw(path)), path.stem, known)
        except YamlError:  # it has changed since it was read
            continue
        for one in found:
            column = None if one.start is None else one.start[1] + 1
            yield Remark("SW421", Place(shown(checked.layout, path), one.line, column), one.message, rule=path.stem)
    if checked.whole and not checked.pack.findings:
        for stem in sorted(known.thresholds.keys() - {path.stem for path in checked.pack.files.values()}):
            place = Place(checked.layout.shown(folder))
            yield Remark("SW422", place, f"no rule file answers to the threshold of {stem}")


def versions(checked: Checked) -> Iterator[Remark]:
    """Rules without a version or with another meaning, and versions of rules that are not there."""
    path = checked.layout.lock
    if not checked.layout.has("versions", path):
        return
    place = Place(checked.layout.shown(path))
    try:
        lock = read_lock(path)
    except UsageError as error:
        yield Remark("SW400", place, str(error))
        return
    rules = own(checked)
    for subject, rule in rules:
        version = lock.get(str(rule.id))
        if version is None:
            yield _remark(subject, "SW431", "the rule has no version yet")
        elif version.meaning != meaning(rule):
            message = f"the rule has another meaning than version {version.number}, which {place.path} gives it"
            yield _remark(subject, "SW432", message)
    if checked.whole and not checked.pack.findings:
        ids = {str(rule.id) for _, rule in rules}
        for identifier, version in sorted(lock.items(), key=lambda one: one[1].stem):
            if identifier not in ids:
                yield Remark("SW433", place, f"there is no rule {version.stem} with the id {identifier} any more")


def _unreadable(finding: Finding, prefix: str) -> Remark:
    path = f"{prefix}/{finding.path}" if prefix else finding.path
    return Remark("SW400", Place(path, finding.line, finding.column), finding.message)


def _remark(subject: Subject, code: str, message: str) -> Remark:
    return Remark(code, subject.places(), message, rule=subject.entry.source.stem)


CHECKS: tuple[Check, ...] = (fixtures, guides, lists, versions)
