"""Runs ``check``, ``prove`` and ``diff`` on a repository, each so that the others run even where it cannot."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from stagewatch.check.codes import codes
from stagewatch.check.formats import written
from stagewatch.check.model import Remark
from stagewatch.check.run import Report, read, run
from stagewatch.cli_options import pack_of
from stagewatch.diff.git import Revision, repository
from stagewatch.diff.model import Review as Comparison
from stagewatch.diff.review import review as compare
from stagewatch.diff.revision import Checkout
from stagewatch.diff.sides import read_side, with_house
from stagewatch.findings import StagewatchError, UsageError, one_line
from stagewatch.layout import Layout
from stagewatch.review.model import CheckPart, Problem, ProvePart, Review

Part = TypeVar("Part")

REPORTS = {"sarif": "check.sarif", "junit": "check.xml", "json": "check.json"}
"""Formats of ``check`` that are written, and their files."""


_OUTPUT = {"stagewatch.check.rules_dist": "dist and proofs"}


class CannotRun(StagewatchError):
    """A command ended with an exit code that is no result."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is reviewed: a repository as it is now, against a revision, for some targets."""

    layout: Layout
    config: Path | None
    base: Revision | None
    targets: tuple[str, ...]
    events: tuple[Path, ...]
    with_proofs: bool
    fail_on: tuple[str, ...]
    prefix: str = ""
    """The repository's root from the top of the git repository: empty, or ``a/b/``."""


def review(asked: Asked, tell: Callable[[str], None]) -> Review:
    """Run all three. ``tell`` is called before each, which may take minutes."""
    broken: dict[str, str] = {}
    skipped: dict[str, str] = {}

    def attempt(name: str, make: Callable[[Asked], Part]) -> Part | None:
        tell(name)
        try:
            return make(asked)
        except StagewatchError as error:
            broken[name] = one_line(str(error))
        except Exception as error:  # noqa: BLE001 - a defect in one part must not take the others with it
            broken[name] = one_line(f"a defect of Stagewatch, please report it: {type(error).__name__}: {error}")
        return None

    layout = asked.layout
    checked = attempt("check", check)
    proven: ProvePart | None = None
    if not asked.with_proofs:
        skipped["prove"] = "not asked for"
    elif not layout.fixtures.is_dir():
        skipped["prove"] = layout.absent("fixtures", layout.fixtures)
    else:
        proven = attempt("prove", prove)
    compared: Comparison | None = None
    if asked.base is None:
        skipped["diff"] = "no revision to compare with"
    else:
        base = asked.base
        compared = attempt("diff", lambda asked: diff(asked, base))
    return Review(checked, proven, compared, skipped, broken, asked.fail_on)


def check(asked: Asked) -> CheckPart:
    """The findings now, less those that the base has as well."""
    settings = asked.layout.check
    named = (*settings.select, *settings.ignore, *(one.code for one in settings.exclude))
    unknown = [code for code in named if code not in codes()]
    if unknown:
        raise UsageError(f"{asked.layout.file} names {unknown[0]}, which is no code; docs/findings.md has all of them")
    report = run(read(asked.layout), settings)
    before = _remarks_of(asked, asked.base) if asked.base is not None else ()
    kept = Counter(map(_likeness, before))
    new: list[Remark] = []
    for remark in report.remarks:
        likeness = _likeness(remark)
        if kept[likeness]:
            kept[likeness] -= 1
        else:
            new.append(remark)
    shown = Report(tuple(new), report.ignored, report.defects, report.paths, report.left_out)
    return CheckPart(
        new=tuple(map(_problem, new)),
        mended=sum(kept.values()),
        known=len(report.remarks) - len(new),
        compared=asked.base is not None,
        files={
            **{name: written(name, report) for name in REPORTS},
            "sarif": written("sarif", _from_top(report, asked.prefix)),
            "github": written("github", _from_top(shown, asked.prefix)),
        },
        defects=report.defects,
    )


def _remarks_of(asked: Asked, base: Revision) -> Sequence[Remark]:
    """The findings at the base; none where it cannot be read, so that all of today's count.

    Its output is not there: drift of ``dist/`` is always told.
    """
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as scratch, contextlib.suppress(StagewatchError):
        checkout = Checkout(repository(asked.layout.root), base, Path(scratch).resolve())
        layout = checkout.layout(asked.layout, asked.config)
        checkout.write([layout.shown(layout.guides)])
        return run(read(layout), layout.check, without=_OUTPUT).remarks
    return ()


def _from_top(report: Report, prefix: str) -> Report:
    """The report with paths from the top of the git repository, as those take them who show them beside the code."""

    def moved(remark: Remark) -> Remark:
        return replace(remark, place=replace(remark.place, path=prefix + remark.place.path))

    return replace(report, remarks=tuple(map(moved, report.remarks))) if prefix else report


def _likeness(remark: Remark) -> tuple[str, str, str, str]:
    """What a finding keeps while other lines of its file change."""
    return remark.code, remark.place.path, remark.target or "", remark.message


def _problem(remark: Remark) -> Problem:
    code, place = codes()[remark.code], remark.place
    hint = remark.hint or code.hint
    return Problem(place.path, place.line, remark.code, code.severity, remark.message, hint, remark.target)


def prove(asked: Asked) -> ProvePart:
    """Every query on the events of the repository's fixtures."""
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as scratch:
        junit = Path(scratch) / "prove.xml"
        data = json.loads(_command(asked, "prove", "--json", "--junit", str(junit), *_targets(asked)))
        report = junit.read_bytes()
    verdicts: Counter[str] = Counter()
    problems: dict[str, list[tuple[str, str, str]]] = {"failed": [], "unproven": []}
    for stem, targets in sorted(data["proofs"].items()):
        for target, proof in sorted(targets.items()):
            verdicts[proof["verdict"]] += 1
            if proof["verdict"] in problems:
                told = proof["problems"][0] if proof["problems"] else "it has no events to be tried on"
                problems[proof["verdict"]].append((stem, target, told))
    of_fixtures = [one for one in data["findings"] if one["target"] is None]
    findings = tuple(f"{one['path']}: {one['message']}" for one in of_fixtures)
    return ProvePart(verdicts, tuple(problems["failed"]), tuple(problems["unproven"]), report, findings)


def diff(asked: Asked, base: Revision) -> Comparison:
    """What the change since ``base`` means, as the command ``diff`` tells it."""
    layout, root = asked.layout, asked.layout.root
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as folder:
        scratch = Path(folder).resolve()
        checkout = Checkout(repository(root), base, scratch / "before")
        now = read_side(layout, "the working tree", pack_of, None, strict=True)
        before = read_side(checkout.layout(layout, asked.config), str(base), pack_of, None, strict=False)
        before.notes += checkout.notes
        with_house(before, root, asked.targets)
        work = scratch / "work"
        work.mkdir()
        return compare(before, now, asked.targets, (*layout.diff.events, *asked.events), work)


def _targets(asked: Asked) -> list[str]:
    return [part for name in asked.targets for part in ("--target", name)]


def _command(asked: Asked, *arguments: str) -> str:
    """What a command prints on standard output. Raises :class:`CannotRun` where it ends with neither 0 nor 1."""
    from stagewatch.cli import main

    where = ["--root", str(asked.layout.root), *(["--config", str(asked.config)] if asked.config else [])]
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main([*where, *arguments])
    if code not in (0, 1):
        told = [line for line in errors.getvalue().splitlines() if line.strip()]
        raise CannotRun(one_line(told[-1].removeprefix("stagewatch: ")) if told else f"exit code {code}")
    return out.getvalue()


def plain(made: Review) -> dict[str, Any]:
    """The review for scripts."""
    data: dict[str, Any] = {
        "schema": 1,
        "verdict": made.verdict,
        "reasons": list(made.reasons),
        "fail_on": list(made.fail_on),
        "skipped": dict(made.skipped),
        "broken": dict(made.broken),
    }
    if made.check is not None:
        data["check"] = {
            "new": {severity: made.check.count(severity) for severity in ("error", "warning", "note")},
            "mended": made.check.mended,
            "known": made.check.known,
        }
    if made.prove is not None:
        data["prove"] = dict(made.prove.verdicts)
    if made.diff is not None:
        found = made.diff
        data["diff"] = {"lost": found.lost, "wrong": found.wrong, "unreadable": found.unreadable, "empty": found.empty}
    return data
