"""The command line: options, exit codes and what is printed. No logic of its own.

Exit codes: 0 all well; 1 findings; 2 wrong usage; 3 a defect of Stagewatch.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from stagewatch import __version__
from stagewatch.cli_hunt import hunt
from stagewatch.cli_lists import lists
from stagewatch.cli_options import (
    ENVIRONMENT,
    EPILOG,
    EXIT_DEFECT,
    EXIT_FINDINGS,
    EXIT_OK,
    EXIT_USAGE,
    EXTERNAL,
    FILTERS,
    JSON,
    PIPELINE,
    RULES,
    TARGET,
    pack_of,
    printing,
    root_of,
)
from stagewatch.cli_release import release
from stagewatch.cli_versions import versions
from stagewatch.findings import Finding, StagewatchError, UsageError, one_line
from stagewatch.layout import DIST, FIXTURES, GUIDES, LOCK
from stagewatch.targets import TARGETS


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
    """Turn Sigma rules for staged data (MITRE ATT&CK T1074) into queries for eight SIEM targets and DuckDB.

    Without a command, `build` is meant: everything in sigma/, for every target, into dist/.
    """


@cli.command(epilog=EPILOG)
@RULES
@TARGET
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The output folder. It is replaced as a whole; only other targets' output stays. [default: dist]",
)
@FILTERS
@PIPELINE
@EXTERNAL
@ENVIRONMENT
@click.option(
    "--proofs",
    "record",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What `prove --record` wrote; goes into the manifest. [default: tests/rules/proofs.json, for sigma only]",
)
@click.option("--allow-failed-proofs", is_flag=True, help="Write the output even where a query is proven wrong.")
@click.option("--queries-only", is_flag=True, help="Leave out the objects that the platforms import.")
@click.option("--strict", is_flag=True, help="Count 'degraded' and 'unsupported' as findings (exit code 1).")
@JSON
@click.pass_context
def build(
    ctx: click.Context,
    rules: tuple[Path, ...],
    targets: tuple[str, ...],
    out: Path | None,
    filters: tuple[Path, ...],
    pipelines: tuple[Path, ...],
    allow_external_sources: bool,
    env: Path | None,
    record: Path | None,
    allow_failed_proofs: bool,
    queries_only: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Convert rules into queries below DIR/<target>/queries/, with DIR/manifest.json beside them.

    Each rule is `ok`, `degraded` (an OR branch on a field that the platform lacks is left out: it sees less, never
    more), `unsupported` (the target cannot express it; the reason says why) or `failed` on each target.
    """
    from stagewatch import build as builder  # the conversion machinery is the slow import of a run
    from stagewatch import output, proofs
    from stagewatch.environment import read_environment
    from stagewatch.objects.deploy import Deployment
    from stagewatch.report import Progress, print_report
    from stagewatch.targets import load_target
    from stagewatch.versions import departed, read_lock

    root = root_of(ctx)
    folder = out or root / DIST
    output.check_writable(folder)
    environment = read_environment(env, root) if env is not None else None
    pack = pack_of(root, rules, filters, environment)
    known = proofs.read(record or root / FIXTURES / proofs.FILE) if record or not rules else {}
    wanted = [
        load_target(name, pipelines, allow_external_sources, environment)
        for name in TARGETS
        if not targets or name in targets
    ]
    deployment = None
    if not queries_only:
        lock = {} if rules else read_lock(root / LOCK)
        changed = departed(pack, lock) if environment is not None or filters else frozenset[str]()
        deployment = Deployment(lock, root / GUIDES, changed)
        if environment is not None:
            deployment = replace(deployment, described=environment.described, options=environment.object_options)
    with Progress(len(pack.rules) * len(wanted)) as progress:
        told = environment.told() if environment is not None else None
        result = builder.build(pack, wanted, progress.advance, known, deployment, told)
    refused = result.disproved and not allow_failed_proofs
    if not refused:
        builder.write(result, folder)
    findings = [*pack.findings, *result.failures, *result.defects, *result.disproved]
    findings += result.limits() if strict else ()
    with printing():
        if as_json:
            _print_json({"findings": _plain(findings), "manifest": result.manifest, "out": str(folder)})
        else:
            print_report(result, findings, folder)
            if refused:
                click.echo(f"nothing was written to {folder}; --allow-failed-proofs would", err=True)
    ctx.exit(EXIT_DEFECT if result.defects else EXIT_FINDINGS if findings else EXIT_OK)


@cli.command(epilog=EPILOG)
@RULES
@TARGET
@FILTERS
@PIPELINE
@EXTERNAL
@ENVIRONMENT
@click.option(
    "--fixtures",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A folder with an info.yml for each rule, as SigmaHQ's regression tests have it. [default: tests/rules]",
)
@click.option("--record", is_flag=True, help="Write the result to DIR/proofs.json, from where a build takes it.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report to FILE.")
@JSON
@click.pass_context
def prove(
    ctx: click.Context,
    rules: tuple[Path, ...],
    targets: tuple[str, ...],
    filters: tuple[Path, ...],
    pipelines: tuple[Path, ...],
    allow_external_sources: bool,
    env: Path | None,
    fixtures: Path | None,
    record: bool,
    junit: Path | None,
    as_json: bool,
) -> None:
    """Run each rule's query on events, with a parser and an engine of each platform's language.

    For every rule and target: the parser that accepts the query, the schema that knows its fields, the engine that
    runs it on the events of the rule's fixture, and the hits found of those expected. Nothing is run on a live SIEM.
    Needs the extra `prove`. With --env the site's values, thresholds and filters are in the rules; its columns and
    tables are not, since the events of fixtures have the usual ones.
    """
    from stagewatch import output, proofs, prove_report
    from stagewatch.environment import read_environment
    from stagewatch.fixtures import read_fixtures
    from stagewatch.prove import prove as prove_all
    from stagewatch.report import Progress
    from stagewatch.targets import load_target

    root = root_of(ctx)
    folder = fixtures or root / FIXTURES
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; name your fixtures with --fixtures DIR")
    if record and env is not None:
        raise UsageError("--record writes the proofs of the rules as they are; it does not go with --env")
    environment = read_environment(env, root).without_columns() if env is not None else None
    pack = pack_of(root, rules, filters, environment)
    known = read_fixtures(folder, pack.findings)
    wanted = [
        load_target(name, pipelines, allow_external_sources) for name in TARGETS if not targets or name in targets
    ]
    with Progress(len(pack.rules) * len(wanted), "proving") as progress:
        proven = prove_all(pack, wanted, known, progress.advance)
    if record:
        path = folder / proofs.FILE
        output.replace_file(path, proofs.dump(proofs.record(proven, proofs.read(path), whole=not rules)))
    if junit is not None:
        output.replace_file(junit, prove_report.junit(proven))
    findings = [*pack.findings, *prove_report.findings(pack, proven)]
    with printing():
        if as_json:
            _print_json({"findings": _plain(findings), "proofs": proofs.record(proven, {})})
        else:
            for finding in findings:
                click.echo(str(finding), err=True)
            for line in prove_report.lines(proven):
                click.echo(line)
    ctx.exit(EXIT_FINDINGS if findings else EXIT_OK)


cli.add_command(hunt)
cli.add_command(lists)
cli.add_command(release)
cli.add_command(versions)


def _plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"line": finding.line, "message": finding.message, "path": finding.path, "target": finding.target}
        for finding in findings
    ]


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=True, indent=2, sort_keys=True))


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
