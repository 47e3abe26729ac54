"""What several commands of the command line share: options, and how they name and read rules and print results."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagewatch.findings import UsageError
from stagewatch.layout import PACK, Layout, read_layout
from stagewatch.targets import TARGETS

if TYPE_CHECKING:
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
    help="A Sigma rule file or a folder of them, anybody's. May be given several times. [default: sigma]",
)
TARGET = click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Choice(TARGETS),
    metavar="NAME",
    help=f"A target: {', '.join(TARGETS)}. May be given several times. [default: all]",
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


def root_of(ctx: click.Context) -> Path:
    """Where ``sigma/``, ``tests/`` and ``dist/`` are by default."""
    return ctx.obj if isinstance(ctx.obj, Path) else Path.cwd()


def layout_of(ctx: click.Context) -> Layout:
    """Where the repository keeps its parts."""
    return read_layout(root_of(ctx))


def pack_of(
    root: Path, rules: tuple[Path, ...], filters: tuple[Path, ...], environment: Environment | None = None
) -> Pack:
    """The rules that are meant, as the site wants them, with the filters applied."""
    from stagewatch.pack import apply_filters, read_pack

    paths = rules or (root / PACK,)
    if not rules and not paths[0].is_dir():
        raise UsageError(f"there is no folder sigma/ in {root}; name your rules with --rules PATH")
    rewrite = environment.rewrite if environment else None
    pack = read_pack(paths, rewrite)
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
