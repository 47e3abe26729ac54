"""What the tooling reports: one finding, one line, with the place and the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something a user must look at.

    ``path`` is shown as it was given; ``line`` counts from 1 and is None where it is not known; ``target`` is the
    name of a target, or None where the finding concerns the rule itself.
    """

    path: str
    line: int | None
    target: str | None
    message: str
    column: int | None = field(default=None, compare=False)
    """From 1, where it is known."""
    kind: str = field(default="", compare=False)
    """What sort of thing is wrong, for ``check``: one of the keys of ``check.rules_reading.KINDS``."""

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        target = "" if self.target is None else f" [{self.target}]"
        return one_line(f"{place}:{target} {self.message}")


class StagewatchError(Exception):
    """An error that a user can act on. ``str()`` of it is the whole message: one line, no traceback needed."""


class UsageError(StagewatchError):
    """Wrong usage: an argument, a path or an environment that cannot work (exit code 2)."""


class Unsupported(StagewatchError):
    """A target cannot express this; the message is the reason, in words of the rule, not of the code."""


BREAKDOWNS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
    re.error,
)
"""What pySigma raises, besides its own errors, on rules and pipelines with values of types that it does not expect."""


class PipelineError(StagewatchError):
    """A pipeline broke down on a rule: a transformation with values of the wrong type, mostly."""


def one_line(text: str) -> str:
    """The text without line breaks and control characters, so that a finding stays one line of a log."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
