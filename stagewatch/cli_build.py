"""The command ``build``: rules into queries and into what the platforms import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagewatch.cli_options import (
    CONFIG,
    ENVIRONMENT,
    EPILOG,
    EXIT_DEFECT,
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
    WATCH,
    layout_of,
    pack_of,
    printing,
    targets_of,
    told_of_cache,
)
from stagewatch.layout import Layout
from stagewatch.targets import TARGETS

if TYPE_CHECKING:
    from stagewatch.cache.inputs import Part
    from stagewatch.cache.session import Session
    from stagewatch.printed import Printed


@dataclass(frozen=True, slots=True)
class Order:
    """What the command was told, as far as the result depends on it."""

    rules: tuple[Path, ...]
    targets: tuple[str, ...]
    out: Path | None
    filters: tuple[Path, ...]
    pipelines: tuple[Path, ...]
    allow_external_sources: bool
    env: Path | None
    record: Path | None
    allow_failed_proofs: bool
    queries_only: bool
    strict: bool
    as_json: bool


@click.command(epilog=EPILOG)
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
    help="What `prove --record` wrote; goes into the manifest. [default: proofs.json of the fixtures, without --rules]",
)
@click.option("--allow-failed-proofs", is_flag=True, help="Write the output even where a query is proven wrong.")
@click.option("--queries-only", is_flag=True, help="Leave out the objects that the platforms import.")
@click.option("--strict", is_flag=True, help="Count 'degraded' and 'unsupported' as findings (exit code 1).")
@JSON
@JOBS
@NO_CACHE
@WATCH
@click.pass_context
def build(ctx: click.Context, /, jobs: int | None, no_cache: bool, watch: bool, **told: Any) -> None:
    """Convert rules into queries below DIR/<target>/queries/, with DIR/manifest.json beside them.

    Each rule is `ok`, `degraded` (an OR branch on a field that the platform lacks is left out: it sees less, never
    more), `unsupported` (the target cannot express it; the reason says why) or `failed` on each target.
    """
    from stagewatch import output
    from stagewatch.cache.session import Session

    layout = layout_of(ctx)
    order = Order(**told)
    order = replace(order, env=order.env or layout.environment)
    parts = _parts(ctx, layout, order)
    if watch:
        from stagewatch.watch import watch_and_run

        ctx.exit(watch_and_run(parts))
    folder = order.out or layout.dist
    output.check_writable(folder)
    with Session("build", parts, [repr(order)], wanted=not (no_cache or order.allow_external_sources)) as session:
        printed = session.earlier() or _build(layout, order, folder, session, jobs)
    with printing():
        printed.show()
        told_of_cache(session)
    ctx.exit(printed.code)


def _parts(ctx: click.Context, layout: Layout, order: Order) -> dict[str, Part]:
    """The files that the build reads."""
    from stagewatch.cache.parts import build_parts, rule_parts

    rules = rule_parts(layout, ctx.meta.get(CONFIG), order.rules, order.filters, order.pipelines, order.env)
    return {**rules, **build_parts(layout, _record(layout, order))}


def _record(layout: Layout, order: Order) -> Path | None:
    """Where the record of proofs is; that of the repository speaks of the repository's rules alone."""
    from stagewatch import proofs

    return order.record or (None if order.rules else layout.fixtures / proofs.FILE)


def _build(layout: Layout, order: Order, folder: Path, session: Session, jobs: int | None) -> Printed:
    from stagewatch import build as builder  # the conversion machinery is the slow import of a run
    from stagewatch import proofs
    from stagewatch.cache import reuse
    from stagewatch.cache.inputs import tree_of
    from stagewatch.cache.runs import Outputs
    from stagewatch.environment import read_environment
    from stagewatch.objects.deploy import Deployment
    from stagewatch.printed import Printed, json_text, plain
    from stagewatch.report import Progress, report
    from stagewatch.targets import load_target
    from stagewatch.versions import departed, read_lock
    from stagewatch.workers import Workers

    with Workers(jobs, ("stagewatch.cache.reuse",)) as workers:
        session.foreign = workers.foreign
        if session.is_cold and session.files("rules") * len(TARGETS) >= reuse.MIN_CONVERSIONS:
            workers.start()  # they import while this process reads the rules
        environment = read_environment(order.env, layout) if order.env is not None else None
        pack = pack_of(layout, order.rules, order.filters, environment)
        record = _record(layout, order)
        known = proofs.read(record) if record else {}
        wanted = [
            load_target(name, (*layout.pipelines, *order.pipelines), order.allow_external_sources, environment)
            for name in targets_of(layout, order.targets)
        ]
        deployment = None
        if not order.queries_only:
            lock = {} if order.rules else read_lock(layout.lock)
            changed = departed(pack, lock) if environment is not None or order.filters else frozenset[str]()
            deployment = Deployment(lock, layout.guides, changed)
            if environment is not None:
                deployment = replace(deployment, described=environment.described, options=environment.object_options)
        told = environment.told() if environment is not None else None
        conversions = session.conversions(pack, [target.name for target in wanted], "build")
        with Progress(len(pack.rules) * len(wanted)) as progress:
            made = reuse.made_by_target(pack, wanted, deployment, conversions, workers, progress.advance)
            result = builder.build(pack, wanted, progress.advance, known, deployment, told, made=lambda t: made[t.name])
    refused = result.disproved and not order.allow_failed_proofs
    written = {} if refused else builder.write(result, folder)
    findings = [*pack.findings, *result.failures, *result.defects, *result.disproved]
    findings += result.limits() if order.strict else ()
    if order.as_json:
        printed = Printed()
        printed.say(json_text({"findings": plain(findings), "manifest": result.manifest, "out": str(folder)}))
    else:
        printed = report(result, findings, folder)
        if refused:
            printed.warn(f"nothing was written to {folder}; --allow-failed-proofs would")
    printed.code = EXIT_DEFECT if result.defects else EXIT_FINDINGS if findings else EXIT_OK
    if not (refused or result.failures or result.defects):  # else it is tried again
        session.keep(printed, Outputs(folders={folder: tree_of(written)}))
    return printed
