"""What several commands of the command line share: options, and how they name and read rules and print results."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagewatch.findings import UsageError, one_line
from stagewatch.layout import Layout, find_root, read_layout
from stagewatch.targets import TARGETS

if TYPE_CHECKING:
    from stagewatch.cache.session import Session
    from stagewatch.environment import Environment
    from stagewatch.pack import Pack

EXIT_OK, EXIT_FINDINGS, EXIT_USAGE, EXIT_DEFECT = 0, 1, 2, 3

EPILOG = "Exit codes: 0 all well, 1 findings, 2 wrong usage, 3 a defect of Stagewatch."

RULES = click.option(
    "--rules",
    "rules",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A Sigma rule file or a folder of them, anybody's. May be given several times. [default: the repository's]",
)
TARGET = click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Choice(TARGETS),
    metavar="NAME",
    help=f"A target: {', '.join(TARGETS)}. May be given several times. [default: the repository's, else all]",
)
PIPELINE = click.option(
    "--pipeline",
    "pipelines",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A pySigma pipeline to apply before the target's own, for instance to fill placeholders.",
)
EXTERNAL = click.option(
    "--allow-external-sources", is_flag=True, help="Let a --pipeline run commands, read files and fetch URLs."
)
FILTERS = click.option(
    "--filters",
    "filters",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Sigma filters to apply to the rules (AND NOT). May be given several times.",
)
ENVIRONMENT = click.option(
    "--env",
    "env",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A TOML file of what your site has of its own: indexes, fields, levels, values (docs/environment.md).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")

JOBS = click.option(
    "--jobs",
    type=click.IntRange(min=1, max=64),
    envvar="STAGEWATCH_JOBS",
    metavar="N",
    help="How many processes work where it pays. [default: one for each processor, at most 4]",
)
NO_CACHE = click.option(
    "--no-cache",
    is_flag=True,
    envvar="STAGEWATCH_NO_CACHE",
    help="Do everything anew: believe nothing that was found out before, and keep nothing (docs/build.md).",
)
WATCH = click.option("--watch", is_flag=True, help="Do it again whenever a file that it reads is saved.")


ROOT, CONFIG, LAYOUT = (f"stagewatch.{name}" for name in ("root", "config", "layout"))
"""What the group leaves in the context for its commands: ``--root``, ``--config``, and the layout once it is read."""


def root_of(ctx: click.Context) -> Path:
    """The repository: what ``--root`` says, else where ``convert.py`` lies, else the one around the working folder."""
    named: Path | None = ctx.meta.get(ROOT)
    if named is not None:
        return named
    return ctx.obj if isinstance(ctx.obj, Path) else find_root(Path.cwd())


def layout_of(ctx: click.Context) -> Layout:
    """Where the repository keeps its parts."""
    if LAYOUT not in ctx.meta:
        ctx.meta[LAYOUT] = read_layout(root_of(ctx), ctx.meta.get(CONFIG))
    layout: Layout = ctx.meta[LAYOUT]
    return layout


def targets_of(layout: Layout, named: tuple[str, ...]) -> tuple[str, ...]:
    """The targets that are meant: those named, else those of the configuration, else all; in the house's order."""
    wanted = named or layout.targets or TARGETS
    return tuple(name for name in TARGETS if name in wanted)


def pack_of(
    layout: Layout, rules: tuple[Path, ...], filters: tuple[Path, ...], environment: Environment | None = None
) -> Pack:
    """The rules that are meant, as the site wants them, with the filters applied.

    The filters of the configuration belong to the rules of the configuration: they are left out where others are named.
    """
    from stagewatch.pack import apply_filters, read_pack

    if not rules:
        for key, paths in (("rules", layout.rules), ("filters", layout.filters)):
            for path in paths:
                if not path.exists():
                    told = "; name your rules with --rules PATH" if key == "rules" else ""
                    raise UsageError(layout.absent(key, path) + told)
        filters = (*layout.filters, *filters)
    rewrite = environment.rewrite if environment else None
    pack = read_pack(rules, rewrite) if rules else read_pack(layout.rules, rewrite, layout.root)
    filters = (*filters, *(environment.filters if environment else ()))
    if filters:
        loaded = read_pack(filters, rewrite)
        pack.findings += loaded.findings
        apply_filters(pack, loaded.filters)
    if environment is not None:
        environment.check(pack)
    return pack


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """The result is written already: a reader who has gone changes nothing, a full disk is said in one line."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        with contextlib.suppress(OSError):  # else Python would try to write the rest once more at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"cannot write to standard output: {error.strerror or error}") from error


def told_of_cache(session: Session) -> None:
    """Say once why the cache stayed unused, which is no error."""
    if session.trouble is not None:
        click.echo(one_line(f"stagewatch: {session.trouble}"), err=True)
