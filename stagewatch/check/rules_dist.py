"""Checks of what was made of the rules: the output folder and the record of proofs, against a build in memory."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from stagewatch import manifest, output, proofs
from stagewatch.build import Build
from stagewatch.check.model import Check, Checked, Code, Place, Remark, Subject
from stagewatch.check.own import own
from stagewatch.check.rebuilt import rebuilt
from stagewatch.findings import UsageError
from stagewatch.fixtures import read_fixtures

CODES = (
    Code(
        "SW441",
        "The output lacks files",
        "error",
        "Those who take the output do not get what the rules say.",
        "Run python convert.py and commit the output.",
    ),
    Code(
        "SW442",
        "The output differs from what a build makes",
        "error",
        "It was made from other rules, pipelines or versions, or by hand: a reviewer looks at something else than what "
        "the rules say.",
        "Run python convert.py and commit the output.",
    ),
    Code(
        "SW443",
        "The output has files that no build makes",
        "error",
        "A rule that has gone or was renamed still raises alerts.",
        "Run python convert.py, which replaces the output as a whole, and commit it.",
    ),
    Code(
        "SW451",
        "A query is not proven",
        "warning",
        "The record of proofs knows nothing of it: nobody has run it on an event.",
        "Run python convert.py prove --record.",
    ),
    Code(
        "SW452",
        "A proof is out of date",
        "warning",
        "The query or the events have changed since; the proof says nothing of what stands in the output now.",
        "Run python convert.py prove --record.",
    ),
    Code(
        "SW453",
        "A query is proven wrong",
        "error",
        "Run on the events of the fixture it hits what it must not, or misses what it must hit.",
        "Mend the rule, the pipeline or the fixture, and run python convert.py prove --record.",
    ),
)

SAID = {
    "SW451": "no proof is recorded for ",
    "SW452": "the proof is older than the query or the events for ",
    "SW453": "the query is proven wrong for ",
}

NAMED = 3
"""Files that a finding names before it counts the others."""


def dist(checked: Checked) -> Iterator[Remark]:
    """Files of the output that are missing, others, or too many: one finding for each rule and kind."""
    layout = checked.layout
    if not layout.has("dist", layout.dist) or checked.pack.findings:  # what does not load is told already
        return
    there = dict(_files(layout.dist))
    try:
        earlier = json.loads((layout.dist / output.MANIFEST).read_bytes())
        before = _owners(earlier)
        targets = {name for rule in earlier["rules"] for name in rule["targets"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        place = Place(f"{layout.shown(layout.dist)}/{output.MANIFEST}")
        yield Remark("SW442", place, "there is no manifest that could be read")
        return
    result = rebuilt(checked)
    wanted, now = _wanted(result, targets, earlier), _owners(result.manifest)
    missing = [path for path in wanted if path not in there]
    other = [path for path in wanted if path in there and not _same(there[path], wanted[path])]
    spare = [path for path in there if path not in wanted]
    told = _told(checked)
    if not checked.whole:
        missing, other, spare = (
            [path for path in paths if now.get(path, set()) & told.keys()] for paths in (missing, other, ())
        )
    for code, paths, owners in (("SW441", missing, now), ("SW442", other, now), ("SW443", spare, before)):
        yield from _grouped(checked, code, paths, owners, told)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the output below its folder, links not followed."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            yield path.relative_to(folder).as_posix(), path


def _wanted(result: Build, targets: set[str], earlier: Any) -> Mapping[str, bytes]:
    """The files that the output should have, for the targets that it was built for, with objects or without."""
    bare = not any(of.get("objects") for rule in earlier["rules"] for of in rule["targets"].values())
    files = {
        path: content
        for path, content in result.files.items()
        if PurePosixPath(path).parts[0] in targets
        if not bare or PurePosixPath(path).parts[1] == "queries"
    }
    whole = targets == set(result.targets) and not bare
    return {**files, output.MANIFEST: manifest.dump(result.manifest)} if whole else files


def _owners(made: Any) -> dict[str, set[str]]:
    """Path of each file -> stems of the rules that it is of, by a manifest."""
    owners: dict[str, set[str]] = defaultdict(set)
    for rule in made["rules"]:
        for of in rule["targets"].values():
            for path in {**of["files"], **of.get("objects", {})}:
                owners[path].add(rule["stem"])
    return owners


def _alone(paths: Iterable[str], owners: Mapping[str, set[str]], told: Mapping[str, Subject]) -> list[str]:
    """The queries of the rules that were named."""
    return [path for path in paths if owners.get(path, set()) & told.keys() and "/queries/" in path]


def _same(path: Path, content: bytes) -> bool:
    try:
        return not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _told(checked: Checked) -> dict[str, Subject]:
    return {subject.entry.source.stem: subject for subject, _ in own(checked)}


def _grouped(
    checked: Checked, code: str, paths: Iterable[str], owners: Mapping[str, set[str]], told: Mapping[str, Subject]
) -> Iterator[Remark]:
    """One finding for each rule with files of its own among these, and one for the files of several rules or none."""
    groups: dict[str | None, list[str]] = defaultdict(list)
    for path in sorted(paths):
        of = owners.get(path, set())
        groups[next(iter(of)) if len(of) == 1 else None].append(path)
    folder = checked.layout.shown(checked.layout.dist)
    verb = {"SW441": "lacks", "SW442": "is not up to date in", "SW443": "has, from no rule,"}[code]
    for stem, found in groups.items():
        rest = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        message = f"{folder}/ {verb} {', '.join(found[:NAMED])}{rest}"
        subject = told.get(stem) if stem is not None else None
        place = subject.places() if subject is not None else Place(f"{folder}/{found[0]}")
        yield Remark(code, place, message, rule=stem)


def record(checked: Checked) -> Iterator[Remark]:
    """Proofs that are missing, out of date or failed: one finding for each rule and kind."""
    path = checked.layout.fixtures / proofs.FILE
    if not path.is_file():
        return
    try:
        known = proofs.read(path)
    except UsageError as error:
        yield Remark("SW400", Place(checked.layout.shown(path)), str(error))
        return
    result = rebuilt(checked)
    fixtures = read_fixtures(checked.layout.fixtures, [])
    for subject, rule in own(checked):
        stem = subject.entry.source.stem
        fixture = fixtures.get(str(rule.id))
        if fixture is None:  # SW401
            continue
        found: dict[str, list[str]] = defaultdict(list)
        for target in result.targets:
            rendered = result.outcomes[stem, target].rendered
            if rendered is None:
                continue
            proof = known.get(stem, {}).get(target)
            if proof is None:
                found["SW451"].append(target)
            elif proof["queries"] != proofs.hashes(rendered.files) or proof.get("fixture") != fixture.sha256:
                found["SW452"].append(target)
            elif proof["verdict"] == "failed":
                found["SW453"].append(f"{target}: {next(iter(proof['problems']), 'no reason is recorded')}")
            elif proof["verdict"] != "proven":
                found["SW451"].append(target)
        for code, targets in found.items():
            said = {
                "SW451": "no proof is recorded for ",
                "SW452": "the proof is older than the query or the events for ",
            }
            yield Remark(code, subject.places(), f"{said.get(code, '')}{', '.join(targets)}", rule=stem)


CHECKS: tuple[Check, ...] = (dist, record)
