"""What a build prints: a progress bar on a terminal, the findings, and a closing table of rules x targets."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stagewatch.build import Build
from stagewatch.conversion import Status
from stagewatch.findings import Finding, one_line
from stagewatch.output import MANIFEST
from stagewatch.printed import Printed
from stagewatch.tables import table

MARKS: dict[Status, str] = {"ok": "ok", "degraded": "degraded", "unsupported": "-", "failed": "FAILED"}

MAX_ROWS = 100
"""A table of more rules than this is shown as counts per target alone."""

MAX_CAUSES = 10
"""Causes shown per target; the manifest holds every reason of every rule."""

SEVERITY: tuple[Status, ...] = ("failed", "unsupported", "degraded", "ok")


class Progress:
    """A progress bar on standard error, on a terminal only; otherwise nothing is imported and nothing is printed."""

    def __init__(self, total: int, doing: str = "converting") -> None:
        self._total = total
        self._doing = doing
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty() and self._total > MAX_ROWS:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._doing, total=self._total)
            self._bar.start()
        return self

    def advance(self, target: str) -> None:
        """One rule is done for ``target``."""
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=f"{self._doing} for {target}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def report(result: Build, findings: Iterable[Finding], folder: Path) -> Printed:
    """Findings on standard error, one a line; the closing table and the reasons on standard output."""
    printed = Printed()
    printed.warn(*map(str, findings))
    rules = result.pack.rules
    rows: list[list[str]] = []
    if len(rules) <= MAX_ROWS:
        for entry in rules:
            statuses = (result.outcomes[entry.source.stem, target].status for target in result.targets)
            rows.append([entry.source.stem, *(MARKS[status] for status in statuses)])
    for status in MARKS:
        counts = [result.counts(target)[status] for target in result.targets]
        if any(counts):
            rows.append([f"total {status}", *map(str, counts)])
    printed.say(*table(["rule", *result.targets], rows), *_reasons(result))
    printed.say(f"{len(rules)} rules, {len(result.files)} files in {folder}")
    return printed


def _reasons(result: Build) -> list[str]:
    """Why rules are not ``ok``, per target, the worst first: each cause once, with the rules or their number."""
    lines: list[str] = []
    for target in result.targets:
        causes: dict[tuple[int, str], list[str]] = {}
        for entry in result.pack.rules:
            outcome = result.outcomes[entry.source.stem, target]
            for reason in dict.fromkeys(reason.partition(";")[0] for reason in outcome.reasons):
                severity = SEVERITY.index(outcome.status)
                causes.setdefault((severity, f"{outcome.status}: {one_line(reason)}"), []).append(entry.source.stem)
        ordered = sorted(causes.items(), key=lambda item: (item[0][0], -len(item[1])))
        for (_, cause), stems in ordered[:MAX_CAUSES]:
            lines.append(f"{target}: {cause} ({stems[0] if len(stems) == 1 else f'{len(stems)} rules'})")
        if len(ordered) > MAX_CAUSES:
            lines.append(f"{target}: {len(ordered) - MAX_CAUSES} more causes in {MANIFEST}")
    return lines
