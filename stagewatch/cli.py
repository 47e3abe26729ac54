"""The command line: options, exit codes and what is printed. No logic of its own.

Exit codes: 0 all well; 1 findings; 2 wrong usage; 3 a defect of Stagewatch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from stagewatch import __version__
from stagewatch.cli_build import build
from stagewatch.cli_cache import cache
from stagewatch.cli_check import check
from stagewatch.cli_diff import diff
from stagewatch.cli_explain import explain
from stagewatch.cli_hunt import hunt
from stagewatch.cli_lists import lists
from stagewatch.cli_new import new
from stagewatch.cli_options import CONFIG, EPILOG, EXIT_DEFECT, EXIT_FINDINGS, EXIT_OK, EXIT_USAGE, ROOT
from stagewatch.cli_prove import prove
from stagewatch.cli_release import release
from stagewatch.cli_review import comment, review
from stagewatch.cli_site import site
from stagewatch.cli_versions import versions
from stagewatch.findings import StagewatchError, UsageError, one_line


class _DefaultToBuild(click.Group):
    """A group whose commands include one that is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = 0  # the options of the group itself come first
        while own < len(args) and args[own].split("=")[0] in ("--root", "--config"):
            own += 1 if "=" in args[own] else 2
        rest = args[own:]
        if not rest or (rest[0].startswith("-") and rest[0] not in ("--help", "-h", "--version")):
            args = [*args[:own], "build", *rest]
        return super().parse_args(ctx, args)


@click.group(
    cls=_DefaultToBuild,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="stagewatch")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    metavar="DIR",
    help="The repository. [default: the one around the working folder]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What the repository sets (docs/configuration.md). [default: stagewatch.toml or pyproject.toml at its root]",
)
@click.pass_context
def cli(ctx: click.Context, root: Path | None, config: Path | None) -> None:
    """Turn Sigma rules for staged data (MITRE ATT&CK T1074) into queries for eight SIEM targets and DuckDB.

    Without a command, `build` is meant: everything in sigma/, for every target, into dist/. Where your repository has
    its parts elsewhere, its stagewatch.toml says so.
    """
    ctx.meta[ROOT], ctx.meta[CONFIG] = root, config


cli.add_command(build)
cli.add_command(cache)
cli.add_command(check)
cli.add_command(comment)
cli.add_command(diff)
cli.add_command(explain)
cli.add_command(hunt)
cli.add_command(lists)
cli.add_command(new)
cli.add_command(prove)
cli.add_command(release)
cli.add_command(review)
cli.add_command(site)
cli.add_command(versions)


def main(arguments: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Run the command line and return its exit code. ``root`` is where ``sigma/`` and ``dist/`` are by default."""
    try:
        code = cli.main(args=arguments and list(arguments), prog_name="stagewatch", standalone_mode=False, obj=root)
        return code if isinstance(code, int) else EXIT_OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stagewatch: interrupted; nothing was changed", err=True)
        return EXIT_USAGE
    except UsageError as error:
        click.echo(one_line(f"stagewatch: {error}"), err=True)
        return EXIT_USAGE
    except StagewatchError as error:
        click.echo(one_line(f"stagewatch: {error}"), err=True)
        return EXIT_FINDINGS
    except Exception as error:  # noqa: BLE001 - the last door: a user sees one line, never a traceback
        click.echo(one_line(f"stagewatch: a defect, please report it: {type(error).__name__}: {error}"), err=True)
        return EXIT_DEFECT


def entry_point() -> None:
    """The installed command ``stagewatch``."""
    sys.exit(main())
