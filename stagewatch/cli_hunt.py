"""The command ``hunt``: the rules over logs at hand."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from stagewatch.cli_options import (
    EPILOG,
    EXIT_FINDINGS,
    EXIT_OK,
    EXTERNAL,
    FILTERS,
    PIPELINE,
    RULES,
    layout_of,
    pack_of,
    printing,
)
from stagewatch.findings import UsageError

if TYPE_CHECKING:
    from stagewatch.hunt.results import Report

LEVELS = ("informational", "low", "medium", "high", "critical")
OUTPUTS = ("table", "json", "csv", "html")
FORMATS = (
    "evtx", "parquet", "json", "raw", "winlogbeat", "nxlog", "splunk", "cloudtrail", "azure", "gcp", "osquery",
    "syslog", "defender", "csv", "auditd", "sysmon-linux", "text",
)  # fmt: skip
"""Said again where they are used, since help must not import that; a test holds them equal."""


class _Moment(click.ParamType[datetime]):
    """A time in ISO 8601; UTC where it says no zone."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time in ISO 8601, such as 2026-01-31 or 2026-01-31T08:00:00Z", param, ctx)
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


@click.command(epilog=EPILOG)
@click.argument("logs", nargs=-1, required=True, metavar="LOGS...")
@RULES
@click.option("--level", type=click.Choice(LEVELS), default=LEVELS[0], help="Ask the rules from this level on only.")
@click.option("--since", type=_Moment(), metavar="TIME", help="Leave out events before (ISO 8601, UTC).")
@click.option("--until", type=_Moment(), metavar="TIME", help="Leave out events after (ISO 8601, UTC).")
@FILTERS
@PIPELINE
@EXTERNAL
@click.option("--output", type=click.Choice(OUTPUTS), default=OUTPUTS[0], show_default=True, help="What to print.")
@click.option(
    "--fail-on",
    type=click.Choice((*LEVELS, "never")),
    default=LEVELS[0],
    show_default=True,
    help="Exit with 1 where a rule of this level or above is hit.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="What the logs are. [default: told by content]")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep all events, with all their fields, as Parquet for another hunt.",
)
@click.option("--engine", type=click.Choice(("duckdb", "spark")), default="duckdb", show_default=True)
@click.option("--master", metavar="URL", help="The Spark cluster; only with --engine spark. [default: this machine]")
@click.pass_context
def hunt(
    ctx: click.Context,
    logs: tuple[str, ...],
    rules: tuple[Path, ...],
    level: str,
    since: datetime | None,
    until: datetime | None,
    filters: tuple[Path, ...],
    pipelines: tuple[Path, ...],
    allow_external_sources: bool,
    output: str,
    fail_on: str,
    form: str | None,
    save: Path | None,
    engine: str,
    master: str | None,
) -> None:
    """Run the rules over logs: files, folders, globs, archives, or - for standard input.

    Reads EVTX, Windows events as JSON, Sysmon for Linux, auditd, osquery, CloudTrail, activity logs of Azure, audit
    logs of Google Cloud, exports of Defender and Parquet, packed or not, each told by its content. What was not
    understood is named at the end. Exit code 0: no hit; 1: hits at or above --fail-on, or a rule that cannot be read.
    Needs the extra
    `hunt`.
    """
    from stagewatch.hunt.plan import plan
    from stagewatch.hunt.progress import Progress
    from stagewatch.hunt.run import Options
    from stagewatch.hunt.run import hunt as run
    from stagewatch.targets import load_target

    if master and engine != "spark":
        raise UsageError("--master names a Spark cluster: give --engine spark too")
    if since and until and until < since:
        raise UsageError("--until is before --since")
    if engine == "duckdb":  # a cluster reads paths that are not of this machine
        _check_there(logs)
    layout = layout_of(ctx)
    pack = pack_of(layout, rules, filters)
    target = load_target("duckdb", (*layout.pipelines, *pipelines), allow_external_sources)
    asked = plan(pack, target, level)
    for finding in pack.findings:
        click.echo(str(finding), err=True)
    options = Options(form, since, until, save, engine, master)
    try:
        with Progress(logs) as progress, run(asked, logs, options, progress.tell) as report:
            progress.stop()
            with printing():
                import_module(f"stagewatch.hunt.report_{output}").write(report, _out(output))
            if not report.account.total:
                raise UsageError(f"no event was read from {', '.join(logs)}")
            ctx.exit(EXIT_FINDINGS if pack.findings or _fails(report, fail_on) else EXIT_OK)
    except ModuleNotFoundError as error:
        extra = "spark" if engine == "spark" else "hunt"
        raise UsageError(f"{error.name} is not installed; install the extra '{extra}'") from error


def _check_there(paths: Iterable[str]) -> None:
    for path in paths:
        if path != "-" and not os.path.lexists(path) and not glob.glob(path, recursive=True):  # noqa: PTH207 - Path.glob takes no absolute pattern
            raise UsageError(f"no such file or folder: {path}")


def _fails(report: Report, fail_on: str) -> bool:
    worst = report.worst()
    return worst is not None and fail_on != "never" and LEVELS.index(worst) >= LEVELS.index(fail_on)


def _out(output: str) -> TextIO:
    """Standard output; what other programs read is in UTF-8 with the line ends that it says, whatever the locale."""
    if output != "table" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    return sys.stdout
