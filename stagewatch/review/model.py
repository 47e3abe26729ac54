"""What a review found, as plain data: what ``check``, ``prove`` and ``diff`` say, and whether that passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stagewatch.diff.model import Review as Comparison

FAIL_ON = ("errors", "warnings", "proofs", "diff", "never")
"""What a review may fail on; ``never`` stands alone."""

DEFAULT_FAIL_ON = ("errors", "proofs", "diff")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a reviewer must look at. ``line`` counts from 1, None where it is not known."""

    path: str
    line: int | None
    code: str
    severity: str
    message: str
    hint: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class CheckPart:
    """What ``check`` says: of all findings those that the change brings, the numbers of those it mends and leaves.

    Without a base all findings are new, and ``compared`` is False.
    """

    new: tuple[Problem, ...] = ()
    mended: int = 0
    known: int = 0
    compared: bool = True
    files: Mapping[str, str] = field(default_factory=dict)
    """Name of a format -> the report in it."""
    defects: tuple[str, ...] = ()

    def count(self, *severities: str) -> int:
        """How many new findings are of these severities."""
        return sum(one.severity in severities for one in self.new)


@dataclass(frozen=True, slots=True)
class ProvePart:
    """What ``prove`` says: the numbers of queries by verdict, and what is wrong with those that failed."""

    verdicts: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[tuple[str, str, str], ...] = ()
    """Rule, target, problem."""
    unproven: tuple[tuple[str, str, str], ...] = ()
    junit: bytes = b""
    findings: tuple[str, ...] = ()
    """Fixtures that cannot be read."""


@dataclass(frozen=True, slots=True)
class Review:
    """The whole. A part is None where it was left out; ``skipped`` says why, ``broken`` why one could not be made."""

    check: CheckPart | None = None
    prove: ProvePart | None = None
    diff: Comparison | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    fail_on: tuple[str, ...] = DEFAULT_FAIL_ON

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it fails; empty where it passes. What could not be made fails, whatever is asked for."""
        told = [f"{name} could not be run" for name in self.broken]
        if self.check is not None:
            errors, warnings = self.check.count("error"), self.check.count("warning")
            told += [counted(len(self.check.defects), "check") + " broke down"] if self.check.defects else []
            told += [counted(errors, "error")] if errors and {"errors", "warnings"} & set(self.fail_on) else []
            told += [counted(warnings, "warning")] if warnings and "warnings" in self.fail_on else []
        if self.prove is not None and "proofs" in self.fail_on and (self.prove.failed or self.prove.findings):
            told.append(counted(len(self.prove.failed) + len(self.prove.findings), "failed proof"))
        if self.diff is not None and "diff" in self.fail_on:
            told += _harm(self.diff)
        return tuple(told)

    @property
    def verdict(self) -> str:
        return "fail" if self.reasons else "pass"


def _harm(found: Comparison) -> Iterator[str]:
    if found.lost:
        yield counted(found.lost, "expected event") + " no longer hit"
    if found.wrong:
        yield f"{found.wrong} near {'miss' if found.wrong == 1 else 'misses'} newly hit"
    if found.findings:
        yield counted(len(found.findings), "finding") + " on reading the rules"


def counted(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
