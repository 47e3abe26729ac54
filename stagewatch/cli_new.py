"""The command ``new``: from an event and a few answers a rule, its fixture and its guide, tried before they stand."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from stagewatch.cli_options import EXIT_FINDINGS, EXIT_OK, layout_of, printing
from stagewatch.findings import StagewatchError, UsageError, one_line

if TYPE_CHECKING:
    from stagewatch.layout import Layout
    from stagewatch.new.condition import Group
    from stagewatch.new.event import Event
    from stagewatch.new.intake import Found
    from stagewatch.new.make import Draft
    from stagewatch.new.sources import LogSource
    from stagewatch.new.trial import Trial

EPILOG = (
    "Exit codes: 0 the files are written; 1 a finding: they are written and need a look, or they are not, since the "
    "rule fails on its own events; 2 wrong usage, nothing is written; 3 a defect of Stagewatch."
)
LEVELS = ("informational", "low", "medium", "high", "critical")
LOG_SOURCES = (
    "windows/process_creation", "windows/file_event", "windows/ps_script", "windows/security",
    "linux/process_creation", "linux/file_event", "linux/auditd", "macos/process_creation", "macos/file_event",
    "aws/cloudtrail", "azure/activitylogs", "gcp/gcp.audit",
)  # fmt: skip
"""Said again where they are used, since help must not import that; a test holds them equal."""
SHOWN = 20
"""Events that are listed where a file holds more than one."""


@click.command(epilog=EPILOG)
@click.option(
    "--event", metavar="FILE", help="The event: JSON, EVTX, XML, a line of auditd, a record of a cloud; - reads it."
)
@click.option(
    "--record", type=int, metavar="N", help="Which event of the file: its place from 1; in EVTX its record id."
)
@click.option("--negative", "negatives", multiple=True, metavar="FILE", help="Events that the rule must not hit.")
@click.option("--logsource", type=click.Choice(LOG_SOURCES), metavar="NAME", help=f"{', '.join(LOG_SOURCES)}.")
@click.option("--title", metavar="TEXT", help="The rule's title; its file is named after it.")
@click.option("--technique", metavar="ID", help="The ATT&CK technique, such as T1074.001.")
@click.option("--description", metavar="TEXT", help="What the rule detects. [default: told by the selection]")
@click.option("--level", type=click.Choice(LEVELS), default="medium", show_default=True)
@click.option("--author", metavar="TEXT", help="[default: the author of most of the rules]")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="[default: today]")
@click.option("--id", "identifier", type=click.UUID, metavar="UUID", help="[default: a new one]")
@click.option(
    "--falsepositive", "false_positives", multiple=True, metavar="TEXT", help="What benign work looks like it."
)
@click.option("--reference", "references", multiple=True, metavar="URL", help="Where the behaviour is described.")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="Ask for this field too.")
@click.option("--without", "without", multiple=True, metavar="NAME", help="Do not ask for this field.")
@click.option(
    "--no-lists", is_flag=True, help="Ask for the event's own values and not for the named lists they are in."
)
@click.option(
    "--keep", is_flag=True, help="Keep names of hosts and accounts, SIDs, addresses and times in the fixture."
)
@click.option("--prove-all", is_flag=True, help="Prove the rule on all targets, not on DuckDB alone; takes a minute.")
@click.option("--dry-run", is_flag=True, help="Print the files and write none.")
@click.option("--yes", is_flag=True, help="Ask nothing, on a terminal too.")
@click.pass_context
def new(
    ctx: click.Context,
    event: str | None,
    record: int | None,
    negatives: tuple[str, ...],
    logsource: str | None,
    title: str | None,
    technique: str | None,
    description: str | None,
    level: str,
    author: str | None,
    day: datetime | None,
    identifier: uuid.UUID | None,
    false_positives: tuple[str, ...],
    references: tuple[str, ...],
    fields: tuple[str, ...],
    without: tuple[str, ...],
    no_lists: bool,
    keep: bool,
    prove_all: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Make a rule of an event, with a fixture and a guide.

    Recognises the event, proposes what to ask of it and says why, takes out whose it was, makes near misses, tries the
    rule on every target and writes all files or none. Without --event it begins with a made-up event of --logsource.
    On a terminal it asks for what is not given.
    """
    from stagewatch.new import make
    from stagewatch.new.sources import SOURCES
    from stagewatch.new.trial import targets_of
    from stagewatch.pack import read_pack

    layout = layout_of(ctx)
    asks = not yes and event != "-" and sys.stdin is not None and sys.stdin.isatty()
    if event is None and logsource is None:
        if not asks:
            raise UsageError("give an event with --event FILE, or a log source with --logsource NAME")
        logsource = click.prompt("Log source", type=click.Choice(LOG_SOURCES), err=True)
    source = SOURCES[logsource] if logsource else None
    positive, origin, label = _positive(event, record, source, keep, asks=asks)
    others = [_other(path, positive, keep) for path in negatives]
    lists = None if no_lists else make.lists_of(layout)
    groups = make.proposals(positive, make.context_of(positive, lists), fields, without)
    groups = _chosen(make.told_apart(groups, others), asks=asks)
    existing = read_pack([path for path in layout.rules if path.exists()], None, layout.root)
    answers = make.Answers(
        title=_answer("Title", title, "--title", asks=asks),
        technique=make.technique_of(
            _answer("ATT&CK technique", technique, "--technique", asks=asks, default="T1074.001")
        ),
        date=day.date() if day is not None else date.today(),  # noqa: DTZ011 - the user's own day
        id=identifier,
        level=click.prompt("Level", type=click.Choice(LEVELS), default=level, err=True) if asks else level,
        author=author or (None if not asks or make.author_of(existing) else click.prompt("Author", err=True)),
        description=description,
        false_positives=false_positives or _false_positives(asks=asks),
        references=references,
        keeps_times=keep,
        origin=origin,
        label=label,
    )
    targets = targets_of(layout)
    made = make.draft(positive, groups, others, answers, layout, existing, targets)
    _try_and_write(ctx, made, layout, [one.name for one in targets], prove_all=prove_all, dry_run=dry_run)


def _positive(
    path: str | None, record: int | None, source: LogSource | None, keep: bool, *, asks: bool
) -> tuple[Event, str, str]:
    """The event that the rule must hit, where it is from in a sentence, and what it is called in the fixture."""
    from stagewatch.new.event import template

    if path is None:
        assert source is not None  # noqa: S101 - without an event one was asked for
        _tell(f"a made-up event of {source}: nobody recorded it, and the rule is only as good as it is")
        return template(source), "Synthetic events, written from a template; none was recorded.", "as in the template"
    event, told = _read(path, record, source, keep, asks=asks)
    rest = "Synthetic are all others, each made of it by changing one thing."
    return event, f"The first event was recorded{told}. {rest}", "as it was recorded"


def _read(path: str, record: int | None, source: LogSource | None, keep: bool, *, asks: bool) -> tuple[Event, str]:
    from stagewatch.new.sanitise import sanitise

    found = _one(path, record, source, asks=asks)
    event = found.event
    if event is None:
        raise UsageError(f"{one_line(path)}: {one_line(found.kind)}")
    if source is not None and event.source is not source:
        raise UsageError(f"{one_line(path)} is {event.source}, not {source}")
    _tell(f"recognised: {found.kind}")
    for note in found.notes:
        _tell(f"note: {note}")
    if keep:
        _tell("kept: names of hosts and accounts, SIDs and addresses, as --keep says")
        return event, ""
    cleaned = sanitise(event)
    _tell(f"replaced: {', '.join(cleaned.told) or 'nothing; there was no name, SID or address to replace'}")
    _tell("look at the command line yourself: a password or a project's name is a word like another")
    return cleaned.event, ", its names and addresses replaced"


def _one(path: str, record: int | None, source: LogSource | None, *, asks: bool) -> Found:
    """The event that is meant. Raises :class:`UsageError` where a file holds several and none is named."""
    from itertools import islice

    try:
        from stagewatch.new.intake import read
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'hunt'") from error
    found = read(path, sys.stdin.buffer, source)
    if record is not None:
        named = next((one for one in found if one.number == record), None)
        if named is None:
            raise UsageError(f"{one_line(path)} has no event {record}")
        return named
    first = list(islice(found, SHOWN + 1))
    if not first:
        raise UsageError(f"no event was read from {one_line(path)}")
    if len(first) == 1:
        return first[0]
    for one in first[:SHOWN]:
        _tell(f"{one.number:>8}  {one.summary}")
    if len(first) > SHOWN:
        _tell("          and more")
    if not asks:
        raise UsageError(f"{one_line(path)} holds several events; say which with --record N")
    number = click.prompt("Which event", type=click.Choice([str(one.number) for one in first]), err=True)
    return next(one for one in first if str(one.number) == number)


def _other(path: str, positive: Event, keep: bool) -> Event:
    event, _ = _read(path, None, positive.source, keep, asks=False)
    return event


def _chosen(groups: Sequence[Group], *, asks: bool) -> list[Group]:
    """What is asked for, told line by line; on a terminal the user says of each whether it is."""
    from dataclasses import replace

    chosen = []
    for group in groups:
        item = group.alternatives[0]
        shown = f"the list {group.list_name}" if group.list_name else ", ".join(item.values)
        _tell(f"{'asked' if group.is_asked else 'not asked'}: {item.key}: {shown}")
        _tell(f"    {group.reason}")
        wanted = click.confirm("    ask for it?", default=group.is_asked, err=True) if asks else group.is_asked
        chosen.append(replace(group, is_asked=wanted))
    return chosen


def _answer(name: str, given: str | None, option: str, *, asks: bool, default: str | None = None) -> str:
    if given is not None:
        return given
    if not asks:
        raise UsageError(f"{option} is missing")
    return str(click.prompt(name, default=default, err=True))


def _false_positives(*, asks: bool) -> tuple[str, ...]:
    if not asks:
        return ()
    text = click.prompt(
        "What benign work looks like it (empty for a proposal)", default="", show_default=False, err=True
    )
    return (text,) if text.strip() else ()


def _try_and_write(
    ctx: click.Context, made: Draft, layout: Layout, targets: Sequence[str], *, prove_all: bool, dry_run: bool
) -> None:
    """Try the files, show what was found, and write them unless that says that they are wrong."""
    from stagewatch.check.codes import codes
    from stagewatch.new.place import write_all
    from stagewatch.new.trial import targets_of, tried

    proven = targets if prove_all else [name for name in targets if name == "duckdb"] or targets[:1]
    result = tried(made.files, layout, targets_of(layout), proven)
    refused = [str(one) for one in result.findings]
    refused += [f"{one.stem} [{one.target}]: {one.problems[0]}" for one in result.proofs if one.verdict == "failed"]
    with printing():
        _show(made, result, layout)
        if dry_run:
            for path, content in made.files.items():
                click.echo(f"--- {layout.shown(path)}")
                click.echo(content.decode(), nl=False)
    if refused:
        for line in refused:
            _tell(one_line(line))
        raise StagewatchError("nothing was written: the rule does not do on its own events what it must")
    if not dry_run:
        write_all(made.files)
        with printing():
            _next(made, layout)
    ctx.exit(EXIT_FINDINGS if any(codes()[one.code].severity != "note" for one in result.remarks) else EXIT_OK)


def _show(made: Draft, result: Trial, layout: Layout) -> None:
    from stagewatch.check.codes import codes
    from stagewatch.report import MARKS
    from stagewatch.tables import table

    proofs = {one.target: f"{one.verdict} {one.found}/{one.expected}" for one in result.proofs}
    rows = [[name, MARKS[one.status], proofs.get(name, "")] for name, one in result.outcomes.items()]
    for line in table(["target", "query", "proof"], rows):
        _tell(line)
    for name, outcome in result.outcomes.items():
        for reason in outcome.reasons:
            _tell(f"{name}: {outcome.status}: {reason}")
    if not result.proofs:
        _tell("not proven: install the extra 'prove'")
    for remark in result.remarks:
        place = remark.place if remark.place.line is None else f"{remark.place.path}:{remark.place.line}"
        _tell(f"{place}: {remark.code} {codes()[remark.code].severity}: {remark.message}")
    hits, misses = len(made.cases.hits), len(made.cases.misses)
    _tell(f"{layout.shown(made.paths.info)}: {hits} events that must match, {misses} that must not")


def _next(made: Draft, layout: Layout) -> None:
    for path in made.files:
        click.echo(f"wrote {layout.shown(path)}")
    rule = layout.shown(made.paths.rule)
    click.echo("Next:")
    click.echo(
        f"  read {rule} and {layout.shown(made.paths.guide)} as a reviewer would, and say more where you know more"
    )
    click.echo("  look at the fixture for what must not leave your site")
    click.echo(f"  python convert.py prove --record --rules {rule}")
    if layout.lock.is_file():
        click.echo("  python convert.py versions --renew")
    if layout.dist.is_dir():
        click.echo("  python convert.py")
    click.echo("  python convert.py check")


def _tell(line: str) -> None:
    """Progress goes to standard error, so that a dry run's files are all of standard output."""
    click.echo(one_line(line) if not line.startswith(" ") else f"    {one_line(line)}", err=True)
