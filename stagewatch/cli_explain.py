"""The command ``explain``: a rule in words, where its queries come from, and why an event is hit or missed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stagewatch.cli_options import (
    ENVIRONMENT,
    EPILOG,
    EXIT_DEFECT,
    EXIT_FINDINGS,
    EXIT_OK,
    EXTERNAL,
    FILTERS,
    PIPELINE,
    RULES,
    TARGET,
    layout_of,
    pack_of,
    printing,
    targets_of,
)
from stagewatch.findings import UsageError

FORMATS = ("text", "json", "markdown")


@click.command(epilog=EPILOG)
@click.argument("rule", metavar="RULE")
@TARGET
@click.option(
    "--event",
    "event",
    metavar="FILE",
    help="Events to explain: JSON as fixtures have it, EVTX, XML, JSON lines, auditd; - for standard input.",
)
@click.option("--full", is_flag=True, help="Show every value of long lists, and queries uncut.")
@click.option("--format", "form", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True)
@RULES
@FILTERS
@PIPELINE
@EXTERNAL
@ENVIRONMENT
@click.pass_context
def explain(
    ctx: click.Context,
    rule: str,
    targets: tuple[str, ...],
    event: str | None,
    full: bool,
    form: str,
    rules: tuple[Path, ...],
    filters: tuple[Path, ...],
    pipelines: tuple[Path, ...],
    allow_external_sources: bool,
    env: Path | None,
) -> None:
    """Say what RULE asks, where each part of its queries comes from, and why an event is hit or missed.

    RULE is a file, a file's stem, an id or a title. With --target each part of the query is traced to the line of the
    rule or pipeline that made it. With --event the parts are run one by one on each platform's record of the event,
    which needs the extra `prove`.
    """
    import logging

    from stagewatch.environment import read_environment
    from stagewatch.explain.events import read_events
    from stagewatch.explain.find import broken, find
    from stagewatch.explain.run import Explainer, changed_by
    from stagewatch.explain.run import explain as begin
    from stagewatch.targets import load_target

    logging.getLogger("sigma").setLevel(logging.ERROR)  # pySigma warns about rule style; `check` is the place for it
    layout = layout_of(ctx)
    events, more = read_events(None if event == "-" else Path(event), sys.stdin.buffer) if event else ([], 0)
    given = env or layout.environment
    environment = read_environment(given, layout) if given is not None else None
    path = Path(rule)
    alone = not rules and path.suffix.lower() in (".yml", ".yaml") and path.is_file()
    own = [path for path in layout.rules if path.is_dir() and Path(rule).resolve().is_relative_to(path.resolve())]
    pack = pack_of(layout, (path,) if alone and not own else rules, filters, environment)
    wrong = broken(pack, rule)
    if wrong:
        for finding in wrong:
            click.echo(str(finding), err=True)
        ctx.exit(EXIT_FINDINGS)
    entry = find(pack, rule)
    files = (*layout.pipelines, *pipelines)

    def shown(path: Path) -> str:
        there = path.resolve()
        return there.relative_to(layout.root).as_posix() if there.is_relative_to(layout.root) else path.name

    explainer = Explainer(begin(entry, shown, full=full), files, environment, shown)
    for name in targets_of(layout, targets):
        explainer.look(load_target(name, files, allow_external_sources, environment), events)
    told = explainer.finish(events)
    if environment is not None:
        told.notes += changed_by(environment, told.bases)
    if more:
        told.notes.append(f"{more} more events of the file are not explained")
    if events and all(
        looked.verdict.hit is None for one in told.events for _, found in one.by_rule for looked in found
    ):
        lacking = [note for note in told.notes if "not installed" in note]
        if lacking and len(lacking) == len(told.targets):
            raise UsageError(lacking[0].split(": ", 1)[1])
    with printing():
        _print(told, form, full, detailed=bool(targets))
    ctx.exit(EXIT_OK if told.agrees else EXIT_DEFECT)


def _print(told: object, form: str, full: bool, detailed: bool) -> None:
    from importlib import import_module

    import_module(f"stagewatch.explain.report_{form}").write(told, full=full, detailed=detailed)
