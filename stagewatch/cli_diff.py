"""The command ``diff``: what a change of the rules means, against a revision of git."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagewatch.cli_options import (
    CONFIG,
    EPILOG,
    EXIT_FINDINGS,
    EXIT_OK,
    TARGET,
    layout_of,
    pack_of,
    printing,
    root_of,
    targets_of,
)
from stagewatch.findings import UsageError

if TYPE_CHECKING:
    from stagewatch.diff.model import Review
    from stagewatch.diff.sides import Side
    from stagewatch.layout import Layout

FORMATS = ("text", "markdown", "html", "json")


@click.command(epilog=EPILOG)
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option("--merge-base", is_flag=True, help="Compare with where HEAD left BASE, as a pull request does.")
@click.option(
    "--events",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Logs that both versions are asked of, as `hunt` reads them. May be given several times.",
)
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Compare these rules of the repository only. May be given several times. [default: the repository's]",
)
@TARGET
@click.option(
    "--env",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A site's settings, the same on both sides. [default: the repository's, each side its own]",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the report here."
)
@click.option(
    "--fail-on",
    type=click.Choice(("lost", "undeclared", "never")),
    default="lost",
    show_default=True,
    help="Exit with 1 where events that a fixture expected are no longer hit; with `undeclared`, only where the "
    "fixture expects them still.",
)
@click.pass_context
def diff(
    ctx: click.Context,
    base: str | None,
    head: str | None,
    merge_base: bool,
    events: tuple[Path, ...],
    rules: tuple[Path, ...],
    targets: tuple[str, ...],
    env: Path | None,
    form: str,
    output: Path | None,
    fail_on: str,
) -> None:
    """Tell what a change of the rules means: the events that are newly hit and no longer hit, and the queries.

    BASE is a git revision; without it, where the branch at hand left the default branch. HEAD is one too; without it,
    the files as they lie there. Exit code 1: a detection is lost, a near miss is newly hit, or a rule that could be
    read cannot be any more. Needs the extra `hunt`.
    """
    from stagewatch import output as files

    layout = layout_of(ctx)
    wanted = targets_of(layout, targets)
    try:
        from stagewatch.diff.review import review

        with tempfile.TemporaryDirectory(prefix="stagewatch-diff-") as folder:
            scratch = Path(folder)
            before, now = _sides(ctx, layout, (base, head), merge_base, rules, env, wanted, scratch)
            made = review(before, now, wanted, (*layout.diff.events, *events), _made(scratch / "work"))
        text = import_module(f"stagewatch.diff.{form}").render(made)
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'hunt'") from error
    with printing():
        if output is not None:
            files.replace_file(output, text.encode())
        else:
            click.echo(text, nl=False)
    ctx.exit(EXIT_FINDINGS if _fails(made, fail_on) else EXIT_OK)


def _sides(
    ctx: click.Context,
    layout: Layout,
    named: tuple[str | None, str | None],
    merge_base: bool,
    rules: tuple[Path, ...],
    env: Path | None,
    targets: tuple[str, ...],
    scratch: Path,
) -> tuple[Side, Side]:
    """Read both sides."""
    from stagewatch.diff.git import repository
    from stagewatch.diff.revision import Checkout
    from stagewatch.diff.sides import read_side, rules_named, with_house

    root = root_of(ctx)
    base, head = named
    known = repository(root)
    if base is not None:
        revision = known.merge_base(base) if merge_base else known.revision(base)
    else:
        revision = known.merge_base(layout.diff.base) if layout.diff.base else known.default_base()
    here = rules_named(layout, rules, Path.cwd())
    config = ctx.meta.get(CONFIG)
    old = Checkout(known, revision, _made(scratch / "before"))
    old_layout = old.layout(here, config, named=bool(rules))
    if head is None:
        now = read_side(here, "the working tree", pack_of, env, strict=True)
    else:
        tip = known.revision(head)
        new = Checkout(known, tip, _made(scratch / "now"))
        now = read_side(new.layout(here, config, named=bool(rules)), str(tip), pack_of, env, strict=False)
        now.notes += new.notes
        with_house(now, root, targets)
    before = read_side(old_layout, str(revision), pack_of, env, strict=False)
    before.notes += old.notes
    with_house(before, root, targets)
    if not before.pack.rules and not now.pack.rules:
        raise UsageError(f"no rule is read on either side; {layout.absent('rules', layout.rules[0])}")
    return before, now


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _fails(made: Review, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    return made.harmful if fail_on == "lost" else made.undeclared
