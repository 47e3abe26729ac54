"""Pack x targets to an output folder: the whole of it in memory, then written at once."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stagewatch import manifest, output, proofs
from stagewatch.conversion import Convert, Outcome, Status, convert_entry
from stagewatch.findings import Finding, StagewatchError, one_line
from stagewatch.objects.base import Objects
from stagewatch.objects.deploy import Deployment, deploy, has_objects
from stagewatch.pack import Pack, PackRule
from stagewatch.targets.base import Target

Progress = Callable[[str], None]
"""Called with the target's name after each converted rule."""


@dataclass(slots=True)
class Made:
    """What became of the pack on one target: the outcomes in the order of the rules, and the objects."""

    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[Finding] = field(default_factory=list)
    defects: list[Finding] = field(default_factory=list)
    objects: Objects | None = None


@dataclass(slots=True)
class Build:
    """What a build made: the outcomes per rule and target, the files, and the findings of pack and conversion."""

    pack: Pack
    targets: tuple[str, ...]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    """(stem of the rule, name of the target) -> outcome."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Path below the output folder -> content, the manifest not among them."""
    manifest: dict[str, Any] = field(default_factory=dict)
    defects: list[Finding] = field(default_factory=list)
    """Rules on which our own code failed: defects of Stagewatch, not of the rule."""
    failures: list[Finding] = field(default_factory=list)
    """Rules that failed for a reason of the user's, such as a pipeline that breaks down on them."""

    disproved: list[Finding] = field(default_factory=list)
    """Queries of which ``prove`` has found that they do not mean what their rule says."""

    without_object: dict[tuple[str, str], str] = field(default_factory=dict)
    """(stem of the rule, name of the target) -> why a rule that has a query there has no object."""

    def counts(self, target: str) -> dict[Status, int]:
        """How many rules have which status on a target."""
        counts: dict[Status, int] = {"ok": 0, "degraded": 0, "unsupported": 0, "failed": 0}
        for (_, name), outcome in self.outcomes.items():
            if name == target:
                counts[outcome.status] += 1
        return counts

    def limits(self) -> list[Finding]:
        """What a target cannot express or expresses in part: findings only for those who ask (``--strict``)."""
        return [
            Finding(entry.source.path, entry.source.line, target, f"{outcome.status}: {reason}")
            for entry in self.pack.rules
            for target in self.targets
            for outcome in [self.outcomes[entry.source.stem, target]]
            if outcome.status in ("degraded", "unsupported")
            for reason in outcome.reasons
        ] + [
            Finding(entry.source.path, entry.source.line, target, f"no object: {self.without_object[key]}")
            for entry in self.pack.rules
            for target in self.targets
            for key in [(entry.source.stem, target)]
            if key in self.without_object
        ]


def build(
    pack: Pack,
    targets: Sequence[Target],
    progress: Progress = lambda _: None,
    record: proofs.Record = MappingProxyType({}),
    deployment: Deployment | None = None,
    environment: Mapping[str, str] | None = None,
    made: Callable[[Target], Made] | None = None,
) -> Build:
    """Convert every rule of the pack for every target. Writes nothing.

    ``record`` is what ``prove`` found out. Objects for import are made where ``deployment`` says how. ``environment``
    is what the manifest tells of a site's settings, which are in the pack and the targets already. ``made`` gives what
    :func:`make` would, where somebody has it already.
    """
    result = Build(pack, tuple(target.name for target in targets))
    entries: dict[str, dict[str, dict[str, Any]]] = {entry.source.stem: {} for entry in pack.rules}
    for target in targets:
        own = made(target) if made else make(pack, target, deployment, progress)
        result.failures += own.failures
        result.defects += own.defects
        for entry, outcome in zip(pack.rules, own.outcomes, strict=True):
            files = _files(entry, target, outcome)
            result.outcomes[entry.source.stem, target.name] = outcome
            result.files.update(files)
            proof = _proof(record, entry, target, outcome) if record else None
            if proof is not None and proof["verdict"] == "failed":
                result.disproved.append(_disproved(entry, target.name, proof))
            entries[entry.source.stem][target.name] = manifest.target_entry(outcome, files, proof)
        if own.objects is not None:
            _deploy(result, target.name, own.objects, entries)
    lock, departed = (deployment.lock, deployment.departed) if deployment else ({}, frozenset[str]())
    rules = [
        manifest.rule_entry(entry, entries[entry.source.stem], lock, departed=entry.source.stem in departed)
        for entry in pack.rules
    ]
    result.manifest = manifest.manifest(rules, environment)
    return result


def make(
    pack: Pack,
    target: Target,
    deployment: Deployment | None = None,
    progress: Progress = lambda _: None,
    convert: Convert = convert_entry,
) -> Made:
    """Convert every rule of the pack for one target, and make its objects where ``deployment`` says how."""
    logging.getLogger("sigma").setLevel(logging.ERROR)  # pySigma warns about rule style; `check` is the place for it
    result = Made()
    for entry in pack.rules:
        result.outcomes.append(_convert(entry, target, result, convert))
        progress(target.name)
    if deployment is not None and has_objects(target.name):
        result.objects = deploy(target.name, list(zip(pack.rules, result.outcomes, strict=True)), deployment)
    return result


def _deploy(result: Build, target: str, made: Objects, entries: Mapping[str, dict[str, dict[str, Any]]]) -> None:
    """The files of a target's objects, and what the manifest says of them, join the result."""
    files = {f"{target}/{path}": content for path, content in made.files.items()}
    result.files.update(files)
    for stem, paths in made.of.items():
        entries[stem][target]["objects"] = manifest.hashes({f"{target}/{path}": made.files[path] for path in paths})
    for stem, reason in made.refused.items():
        result.without_object[stem, target] = reason
        entries[stem][target]["without_object"] = reason


def write(result: Build, folder: Path) -> dict[str, bytes]:
    """Make ``folder`` the result of the build, as a whole. Returns what it holds then: path below it -> content.

    Where an earlier build in it has targets that this one was not asked for, their output stays for every rule that
    has not changed since. Of a build for another site nothing stays.
    """
    files = dict(result.files)
    data = result.manifest
    earlier = output.read_manifest(folder)
    if earlier is not None and earlier.get("environment") == data.get("environment"):
        known = _by_source(earlier)
        data = {**data, "rules": [_carry_over(rule, known, folder, files) for rule in data["rules"]]}
        _drop_stale_objects(data["rules"], frozenset(result.targets), files)
    files[output.MANIFEST] = manifest.dump(data)
    output.replace_folder(folder, files)
    return files


def _convert(entry: PackRule, target: Target, result: Made, convert: Convert) -> Outcome:
    try:
        return convert(entry, target)
    except StagewatchError as error:
        result.failures.append(Finding(entry.source.path, entry.source.line, target.name, str(error)))
        return Outcome("failed", (one_line(str(error)),))
    except Exception as error:  # noqa: BLE001 - the one place where our own defect must not take the other rules with it
        reason = one_line(f"a defect of Stagewatch, please report it: {type(error).__name__}: {error}")
        result.defects.append(Finding(entry.source.path, entry.source.line, target.name, reason))
        return Outcome("failed", (reason,))


def _files(entry: PackRule, target: Target, outcome: Outcome) -> dict[str, bytes]:
    if outcome.rendered is None:
        return {}
    return {
        f"{target.name}/queries/{entry.source.stem}{suffix}": f"{text}\n".encode()
        for suffix, text in outcome.rendered.files.items()
    }


_Source = tuple[str, str, str]
"""Path, SHA-256 and stem: where they are equal, a rule is the one that an earlier build had."""


def _by_source(earlier: Mapping[str, Any]) -> dict[_Source, dict[str, Any]]:
    """An earlier build's entries for targets; empty where the manifest is not of our making."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return {_source(rule): dict(rule["targets"]) for rule in earlier["rules"]}
    return {}


def _source(rule: Mapping[str, Any]) -> _Source:
    return rule["path"], rule["sha256"], rule["stem"]


def _proof(record: proofs.Record, entry: PackRule, target: Target, outcome: Outcome) -> Mapping[str, Any] | None:
    if outcome.rendered is None:
        return None
    return proofs.proof_of(record, entry.source.stem, target.name, proofs.hashes(outcome.rendered.files))


def _disproved(entry: PackRule, target: str, proof: Mapping[str, Any]) -> Finding:
    message = f"the query is proven wrong: {proof['problems'][0]}"
    return Finding(entry.source.path, entry.source.line, target, message)


def _carry_over(
    rule: dict[str, Any], known: Mapping[_Source, Mapping[str, Any]], folder: Path, files: dict[str, bytes]
) -> dict[str, Any]:
    """The rule's manifest entry with what an earlier build knew of other targets; their files join ``files``."""
    targets = dict(rule["targets"])
    for name, entry in known.get(_source(rule), {}).items():
        if name not in targets:
            with contextlib.suppress(KeyError, TypeError, AttributeError, OSError):  # it was changed since
                kept = _kept_files(name, entry, folder)
                if kept is not None:
                    targets[name] = entry
                    files.update(kept)
    return {**rule, "targets": targets}


def _drop_stale_objects(rules: Sequence[dict[str, Any]], built: frozenset[str], files: dict[str, bytes]) -> None:
    """Take away an earlier build's objects of a target of which not every rule was kept.

    A file that holds all rules, such as an app or a template, would still hold the one that has changed.
    """
    kept = {name for rule in rules for name in rule["targets"]} - built
    for name in kept:
        if all(name in rule["targets"] for rule in rules):
            continue
        for rule in rules:
            for path in rule["targets"].get(name, {}).pop("objects", {}):
                files.pop(path, None)


def _kept_files(target: str, entry: Mapping[str, Any], folder: Path) -> dict[str, bytes] | None:
    """An earlier build's files of one rule on one target, or None where they are not what it wrote."""
    kept: dict[str, bytes] = {}
    for path, digest in {**entry["files"], **entry.get("objects", {})}.items():
        if not path.startswith(f"{target}/") or ".." in path:
            return None
        kept[path] = (folder / path).read_bytes()
        if hashlib.sha256(kept[path]).hexdigest() != digest:
            return None
    return kept
