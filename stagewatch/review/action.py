"""What ``action.yml`` calls: ``python -P -m stagewatch.review.action review|comment|verdict``.

Inputs come as environment variables and never through a shell. ``review`` has no token; ``comment`` has one and reads
nothing but the report.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from stagewatch.diff.git import Repository, repository
from stagewatch.diff.markdown import plain
from stagewatch.findings import UsageError, one_line
from stagewatch.review.fetch import fetch
from stagewatch.review.github import event
from stagewatch.review.markdown import shortened

SUMMARY = 1_000_000
"""Bytes of a job summary of which GitHub takes a mebibyte."""

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do one of the two; the exit code."""
    from stagewatch.cli import main as command

    if environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        print("::error title=Stagewatch::this action reads files of the pull request: run it on pull_request")
        return 2
    wanted = arguments[0] if len(arguments) == 1 else ""
    if wanted == "verdict":
        return 0 if environ.get("STAGEWATCH_VERDICT") == "pass" else 1
    name = environ.get("STAGEWATCH_NAME") or "review"
    folder = Path(environ["STAGEWATCH_OUT"]) / re.sub(r"[^A-Za-z0-9_-]", "-", name)
    if wanted == "review":
        return _review(environ, folder)
    if wanted == "comment":
        author = environ["STAGEWATCH_COMMENT_AUTHOR"]
        return command(["comment", str(folder / "report.md"), "--to", "github", "--name", name, "--author", author])
    print("usage: python -P -m stagewatch.review.action review|comment|verdict", file=sys.stderr)
    return 2


def _review(environ: Mapping[str, str], folder: Path) -> int:
    from stagewatch.cli import main as command

    report = folder / "report.md"
    report.unlink(missing_ok=True)  # of an earlier step with the same folder
    errors = _Copied(sys.stderr)
    with contextlib.redirect_stderr(errors):
        try:
            code = command(command_line(environ, folder))
        except UsageError as error:
            code = 2
            click.echo(f"stagewatch: {error}", err=True)
    if not report.is_file():
        lines = [line for line in errors.kept.getvalue().splitlines() if line.strip()]
        told = lines[-1] if lines else f"exit code {code}"
        print(f"::error title=Stagewatch::{_escaped(told)}")
        folder.mkdir(parents=True, exist_ok=True)
        report.write_text(f"**Fails:** the review could not be made: {plain(told)}\n", encoding="utf-8")
    _append(environ, "GITHUB_STEP_SUMMARY", shortened(report.read_text(encoding="utf-8"), SUMMARY // 4, "..."))
    outputs = {
        "folder": folder,
        "report": report,
        "sarif": folder / "check.sarif",
        "junit": folder / "prove.xml",
        "diff": folder / "diff.json",
        "verdict": "pass" if code == 0 else "fail",
    }
    _append(environ, "GITHUB_OUTPUT", "".join(f"{key}={one_line(str(value))}\n" for key, value in outputs.items()))
    return 0  # the comment is posted before the run fails


class _Copied(io.TextIOBase):
    """A stream that is kept as well."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.kept = stream, io.StringIO()

    def write(self, words: str) -> int:
        self.kept.write(words)
        return self.stream.write(words)

    def flush(self) -> None:
        self.stream.flush()


def command_line(environ: Mapping[str, str], folder: Path) -> list[str]:
    """The arguments of ``stagewatch`` that the inputs ask for. Raises :class:`UsageError` for one that is none."""
    root = Path(environ["GITHUB_WORKSPACE"]) / environ.get("STAGEWATCH_ROOT", "")
    config = environ.get("STAGEWATCH_CONFIG", "")
    base = _base(environ, root)
    return [
        "--root",
        str(root),
        *(["--config", str(root / config)] if config else []),
        "review",
        *(part for name in _listed(environ, "STAGEWATCH_TARGETS") for part in ("--target", name)),
        *(part for name in _listed(environ, "STAGEWATCH_EVENTS") for part in ("--events", str(root / name))),
        "--fail-on",
        environ.get("STAGEWATCH_FAIL_ON") or "errors,proofs,diff",
        *([] if _switch(environ, "STAGEWATCH_PROVE") else ["--no-prove"]),
        *(["--annotate"] if _switch(environ, "STAGEWATCH_ANNOTATE") else []),
        "--out",
        str(folder),
        *(["--", base] if base else []),
    ]


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    """Entries of an input: one a line, or with commas between them."""
    return [entry.strip() for entry in re.split(r"[,\n]", environ.get(name, "")) if entry.strip()]


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "true").strip().lower()
    if value not in ("true", "false"):
        raise UsageError(f"{name.removeprefix('STAGEWATCH_').lower()} must be true or false, not {value!r}")
    return value == "true"


def _base(environ: Mapping[str, str], root: Path) -> str:
    """The revision to compare with: the input's, else the one that started the run. It is fetched where it lacks."""
    named = environ.get("STAGEWATCH_BASE", "").strip()
    if named:
        return named
    started: Mapping[str, Any] = event(environ)
    request = started.get("pull_request") or {}
    found = str((request.get("base") or {}).get("sha") or started.get("before") or "")
    if not _HASH.fullmatch(found) or not found.strip("0"):  # the first push of a branch has zeros here
        return ""
    if _there(repository(root), found) or fetch(root, found):
        return found
    print("::warning title=Stagewatch::the base is not in the clone: check out with fetch-depth: 0 for a comparison")
    return ""


def _there(where: Repository, name: str) -> bool:
    try:
        where.revision(name)
    except UsageError:
        return False
    return True


def _append(environ: Mapping[str, str], name: str, content: str) -> None:
    if environ.get(name):
        with Path(environ[name]).open("a", encoding="utf-8") as file:
            file.write(content)


def _escaped(message: str) -> str:
    return one_line(message).replace("%", "%25")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
