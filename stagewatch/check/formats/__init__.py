"""How findings are written down: for people, for scripts, and for what shows them beside a change."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from stagewatch.check.run import Report

FORMATS = ("text", "json", "sarif", "junit", "github")
"""Values of ``--format``; each is a module here with ``written(report)``."""


class _Format(Protocol):
    def written(self, report: Report) -> str: ...


def written(name: str, report: Report) -> str:
    """The report in a format, with a final newline."""
    return cast("_Format", importlib.import_module(f"{__name__}.{name}")).written(report)
