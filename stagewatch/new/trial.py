"""Tries a rule before it is written: does it load, what becomes of it on each target, does it hit what it must?

The files are written to a scratch folder in the same places and read as the repository's own are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stagewatch.conversion import Outcome, convert
from stagewatch.findings import Finding, StagewatchError, UsageError
from stagewatch.fixtures import read_fixtures
from stagewatch.layout import Layout
from stagewatch.new.condition import Group
from stagewatch.new.variants import Cases
from stagewatch.pack import Pack, PackRule, read_pack
from stagewatch.targets import TARGETS, load_target
from stagewatch.targets.base import Target
from stagewatch.telemetry import load_telemetry
from stagewatch.telemetry.native import native

if TYPE_CHECKING:
    from stagewatch.check.model import Remark
    from stagewatch.prove import Proof


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found out. ``proofs`` are of the targets whose engines are installed."""

    outcomes: Mapping[str, Outcome]
    proofs: tuple[Proof, ...]
    remarks: tuple[Remark, ...]
    findings: tuple[Finding, ...]


def targets_of(layout: Layout) -> list[Target]:
    """The targets that the repository converts for, with its own pipelines."""
    wanted = [name for name in TARGETS if not layout.targets or name in layout.targets]
    return [load_target(name, layout.pipelines) for name in wanted]


def outcomes_of(text: str, targets: Sequence[Target]) -> dict[str, Outcome]:
    """What becomes of a rule on each target. Raises :class:`UsageError` where it does not load."""
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as folder:
        path = Path(folder) / "rule.yml"
        path.write_text(text, encoding="utf-8")
        pack = read_pack([path])
    if pack.findings or not pack.rules:
        reason = pack.findings[0].message if pack.findings else "it holds no rule"
        raise UsageError(f"the rule would not load: {reason}")
    return {target.name: _outcome(pack.rules[0], target) for target in targets}


def _outcome(entry: PackRule, target: Target) -> Outcome:
    try:
        return convert(entry.rule, target)
    except StagewatchError as error:
        return Outcome("failed", (str(error),))


def not_seen(
    cases: Cases, groups: Sequence[Group], whole: Mapping[str, Outcome], parts: Mapping[Group, Mapping[str, Outcome]]
) -> dict[str, list[str]]:
    """By target, the labels of events that a degraded rule no longer sees there.

    ``parts`` says of each group that is one alternative alone what becomes of a rule with it on each target: where that
    is unsupported and the whole rule is not, the target leaves the alternative out. Nor does a target see an event of
    which it has no record, as Falcon of files of types that it does not know.
    """
    found: dict[str, list[str]] = {}
    for target, outcome in whole.items():
        if outcome.rendered is None:
            continue
        telemetry = load_telemetry(target)
        lost = {part.alternatives[0] for part, told in parts.items() if told[target].status == "unsupported"}
        for case in cases.hits:
            fields = case.event.fields
            seen = all(any(item.matches(fields) for item in group.alternatives if item not in lost) for group in groups)
            if not seen or not telemetry.events(native(case.event.document)):
                found.setdefault(target, []).append(case.label)
    return found


def tried(files: Mapping[Path, bytes], layout: Layout, targets: Sequence[Target], proven: Sequence[str]) -> Trial:
    """Load, convert, check and prove what would be written. ``proven`` names the targets to prove on."""
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as folder:
        scratch = _scratch(layout, Path(folder))
        for path, content in files.items():
            place = Path(folder) / path.relative_to(layout.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        pack = read_pack(scratch.rules)
        findings = list(pack.findings)
        fixtures = read_fixtures(scratch.fixtures, findings)
        outcomes = {target.name: _outcome(entry, target) for entry in pack.rules for target in targets}
        remarks = _checked(scratch)
        proofs = _proven(pack, [target for target in targets if target.name in proven], fixtures)
    return Trial(outcomes, tuple(proofs), remarks, tuple(findings))


def _scratch(layout: Layout, folder: Path) -> Layout:
    """The same layout below another root, without what the repository's other rules have."""

    def moved(path: Path) -> Path:
        return folder / path.relative_to(layout.root)

    root = next(path for path in layout.rules if path.suffix not in (".yml", ".yaml"))
    return replace(
        layout,
        root=folder,
        rules=(moved(root),),
        filters=(),
        fixtures=moved(layout.fixtures),
        guides=moved(layout.guides),
        lock=moved(layout.lock),
        dist=moved(layout.dist),
    )


def _checked(layout: Layout) -> tuple[Remark, ...]:
    from stagewatch.check.run import read, run

    rules = sorted(path for one in layout.rules for path in one.rglob("*.yml"))
    return run(read(layout, rules), layout.check).remarks  # named rules: what concerns a whole pack is not asked


def _proven(pack: Pack, targets: Sequence[Target], fixtures: Mapping[str, object]) -> list[Proof]:
    try:
        from stagewatch.prove import prove

        return prove(pack, targets, fixtures)  # type: ignore[arg-type]
    except ModuleNotFoundError:
        return []
