"""What a command says and how it ends, as a value: so that it can be kept and said once more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import click

from stagewatch.findings import Finding


@dataclass(slots=True)
class Printed:
    """Texts in the order in which they are printed, each with whether it goes to standard error; the exit code."""

    texts: list[tuple[bool, str]] = field(default_factory=list)
    code: int = 0

    def say(self, *lines: str) -> None:
        """Lines for standard output."""
        self.texts += [(False, f"{line}\n") for line in lines]

    def warn(self, *lines: str) -> None:
        """Lines for standard error."""
        self.texts += [(True, f"{line}\n") for line in lines]

    def show(self) -> None:
        """Print all of it."""
        for to_stderr, text in self.texts:
            click.echo(text, nl=False, err=to_stderr)


def json_text(data: object) -> str:
    """Data as the commands print it for machines."""
    return json.dumps(data, ensure_ascii=True, indent=2, sort_keys=True)


def plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON has them."""
    return [
        {"line": finding.line, "message": finding.message, "path": finding.path, "target": finding.target}
        for finding in findings
    ]
