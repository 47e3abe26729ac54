"""The command ``prove``: does each query hit what its rule must hit?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagewatch.cli_options import (
    CONFIG,
    ENVIRONMENT,
    EPILOG,
    EXIT_FINDINGS,
    EXIT_OK,
    EXTERNAL,
    FILTERS,
    JOBS,
    JSON,
    NO_CACHE,
    PIPELINE,
    RULES,
    TARGET,
    layout_of,
    pack_of,
    printing,
    targets_of,
    told_of_cache,
)
from stagewatch.findings import UsageError
from stagewatch.layout import Layout

if TYPE_CHECKING:
    from stagewatch.cache.session import Session
    from stagewatch.printed import Printed


@dataclass(frozen=True, slots=True)
class Order:
    """What the command was told, as far as the result depends on it."""

    rules: tuple[Path, ...]
    targets: tuple[str, ...]
    filters: tuple[Path, ...]
    pipelines: tuple[Path, ...]
    allow_external_sources: bool
    env: Path | None
    fixtures: Path | None
    record: bool
    junit: Path | None
    as_json: bool


@click.command(epilog=EPILOG)
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
@JOBS
@NO_CACHE
@click.pass_context
def prove(ctx: click.Context, /, jobs: int | None, no_cache: bool, **told: Any) -> None:
    """Run each rule's query on events, with a parser and an engine of each platform's language.

    For every rule and target: the parser that accepts the query, the schema that knows its fields, the engine that
    runs it on the events of the rule's fixture, and the hits found of those expected. Nothing is run on a live SIEM.
    Needs the extra `prove`. With --env the site's values, thresholds and filters are in the rules; its columns and
    tables are not, since the events of fixtures have the usual ones.
    """
    from stagewatch.cache.parts import fixture_parts, rule_parts
    from stagewatch.cache.session import Session
    from stagewatch.proofs import FILE

    layout = layout_of(ctx)
    order = Order(**told)
    folder = order.fixtures or layout.fixtures
    if not folder.is_dir():
        raise UsageError(f"{layout.absent('fixtures', folder)}, or --fixtures DIR")
    if order.record and order.env is not None:
        raise UsageError("--record writes the proofs of the rules as they are; it does not go with --env")
    parts = rule_parts(layout, ctx.meta.get(CONFIG), order.rules, order.filters, order.pipelines, order.env)
    parts |= fixture_parts(folder, folder / FILE)
    with Session("prove", parts, [repr(order)], wanted=not (no_cache or order.allow_external_sources)) as session:
        printed = session.earlier() or _prove(layout, order, folder, session, jobs)
    with printing():
        printed.show()
        told_of_cache(session)
    ctx.exit(printed.code)


def _prove(layout: Layout, order: Order, folder: Path, session: Session, jobs: int | None) -> Printed:
    from stagewatch import output, proofs, prove_report
    from stagewatch.cache import reuse
    from stagewatch.cache.runs import Outputs
    from stagewatch.environment import read_environment
    from stagewatch.fixtures import read_fixtures
    from stagewatch.printed import Printed, json_text, plain
    from stagewatch.report import Progress
    from stagewatch.targets import load_target
    from stagewatch.workers import Workers

    environment = read_environment(order.env, layout).without_columns() if order.env is not None else None
    pack = pack_of(layout, order.rules, order.filters, environment)
    known = read_fixtures(folder, pack.findings)
    wanted = [
        load_target(name, (*layout.pipelines, *order.pipelines), order.allow_external_sources)
        for name in targets_of(layout, order.targets)
    ]
    conversions = session.conversions(pack, [target.name for target in wanted], "prove")
    with (
        Workers(jobs, ("stagewatch.cache.reuse",)) as workers,
        Progress(len(pack.rules) * len(wanted), "proving") as progress,
    ):
        session.foreign = workers.foreign
        proven = reuse.proven(pack, wanted, known, conversions, session.proofs(), workers, progress.advance)
    written: dict[Path, bytes] = {}
    if order.record:
        path = folder / proofs.FILE
        written[path] = proofs.dump(proofs.record(proven, proofs.read(path), whole=not order.rules))
    if order.junit is not None:
        written[order.junit] = prove_report.junit(proven)
    for path, content in written.items():
        output.replace_file(path, content)
    findings = [*pack.findings, *prove_report.findings(pack, proven)]
    printed = Printed(code=EXIT_FINDINGS if findings else EXIT_OK)
    if order.as_json:
        printed.say(json_text({"findings": plain(findings), "proofs": proofs.record(proven, {})}))
    else:
        printed.warn(*map(str, findings))
        printed.say(*prove_report.lines(proven))
    if all(proof.verdict != "failed" for proof in proven):
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in written.items()}
        session.keep(printed, Outputs(files=digests))
    return printed
