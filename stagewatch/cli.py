"""The command line: options, exit codes and what is printed. No logic of its own.

Exit codes: 0 all well; 1 findings; 2 wrong usage; 3 a defect of Stagewatch.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from stagewatch import __version__
from stagewatch.findings import StagewatchError, UsageError, one_line
from stagewatch.targets import TARGETS

EXIT_OK, EXIT_FINDINGS, EXIT_USAGE, EXIT_DEFECT = 0, 1, 2, 3

EPILOG = "Exit codes: 0 all well, 1 findings, 2 wrong usage, 3 a defect of Stagewatch."


class _DefaultToBuild(click.Group):
    """A group whose commands include one that is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "-h", "--version")):
            args = ["build", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_DefaultToBuild,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="stagewatch")
def cli() -> None:
    """Turn Sigma rules for staged data (MITRE ATT&CK T1074) into queries for eight SIEM targets.

    Without a command, `build` is meant: everything in sigma/, for every target, into dist/.
    """


@cli.command(epilog=EPILOG)
@click.option(
    "--rules",
    "rules",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A Sigma rule file or a folder of them, anybody's. May be given several times. [default: sigma]",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Choice(TARGETS),
    metavar="NAME",
    help=f"A target: {', '.join(TARGETS)}. May be given several times. [default: all]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The output folder. It is replaced as a whole; only other targets' output stays. [default: dist]",
)
@click.option(
    "--filters",
    "filters",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Sigma filters to apply to the rules (AND NOT). May be given several times.",
)
@click.option(
    "--pipeline",
    "pipelines",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A pySigma pipeline to apply before the target's own, for instance to fill placeholders.",
)
@click.option(
    "--allow-external-sources", is_flag=True, help="Let a --pipeline run commands, read files and fetch URLs."
)
@click.option("--strict", is_flag=True, help="Count 'degraded' and 'unsupported' as findings (exit code 1).")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
@click.pass_context
def build(
    ctx: click.Context,
    rules: tuple[Path, ...],
    targets: tuple[str, ...],
    out: Path | None,
    filters: tuple[Path, ...],
    pipelines: tuple[Path, ...],
    allow_external_sources: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Convert rules into queries below DIR/<target>/queries/, with DIR/manifest.json beside them.

    Each rule is `ok`, `degraded` (an OR branch on a field that the platform lacks is left out: it sees less, never
    more), `unsupported` (the target cannot express it; the reason says why) or `failed` on each target.
    """
    from stagewatch import build as builder  # the conversion machinery is the slow import of a run
    from stagewatch import output
    from stagewatch.pack import apply_filters, read_pack
    from stagewatch.report import Progress, print_report
    from stagewatch.targets import load_target

    root: Path = ctx.obj if isinstance(ctx.obj, Path) else Path.cwd()
    paths = rules or (root / "sigma",)
    folder = out or root / "dist"
    if not rules and not paths[0].is_dir():
        raise UsageError(f"there is no folder sigma/ in {root}; name your rules with --rules PATH")
    output.check_writable(folder)
    pack = read_pack(paths)
    if filters:
        loaded = read_pack(filters)
        pack.findings += loaded.findings
        apply_filters(pack, loaded.filters)
    wanted = [
        load_target(name, pipelines, allow_external_sources) for name in TARGETS if not targets or name in targets
    ]
    with Progress(len(pack.rules) * len(wanted)) as progress:
        result = builder.build(pack, wanted, progress.advance)
    builder.write(result, folder)
    findings = [*pack.findings, *result.failures, *result.defects, *(result.limits() if strict else ())]
    with _printing():
        if as_json:
            _print_json(
                {"findings": [_plain(finding) for finding in findings], "manifest": result.manifest, "out": str(folder)}
            )
        else:
            print_report(result, findings, folder)
    ctx.exit(EXIT_DEFECT if result.defects else EXIT_FINDINGS if findings else EXIT_OK)


def _plain(finding: Any) -> dict[str, Any]:
    return {"line": finding.line, "message": finding.message, "path": finding.path, "target": finding.target}


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=True, indent=2, sort_keys=True))


@contextlib.contextmanager
def _printing() -> Iterator[None]:
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
