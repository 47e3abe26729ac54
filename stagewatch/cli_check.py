"""The command ``check``: all that is wrong with the pack, at once, with codes and places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagewatch.cli_options import (
    CONFIG,
    EXIT_DEFECT,
    EXIT_FINDINGS,
    EXIT_OK,
    NO_CACHE,
    RULES,
    WATCH,
    layout_of,
    printing,
    told_of_cache,
)
from stagewatch.findings import UsageError
from stagewatch.layout import CheckSettings, Layout

if TYPE_CHECKING:
    from stagewatch.cache.session import Session
    from stagewatch.conversion import Convert
    from stagewatch.pack import Pack
    from stagewatch.printed import Printed

EPILOG = (
    "Exit codes: 0 nothing, or notes alone; 1 errors or warnings; 2 wrong usage; 3 a defect of Stagewatch. "
    "Every code stands in docs/findings.md."
)

FORMATS = ("text", "json", "sarif", "junit", "github")


def _codes(_ctx: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Codes, several of which may stand in one word with commas between them."""
    return tuple(code.strip().upper() for word in value for code in word.split(",") if code.strip())


@click.command(epilog=EPILOG)
@RULES
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    help="How findings are written: for people, for scripts (json), as SARIF 2.1.0, as JUnit, as GitHub's annotations.",
)
@click.option(
    "--select", multiple=True, callback=_codes, metavar="CODE", help="Look for this code alone, or these: SW201,SW202."
)
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODE", help="Leave this code out, or these.")
@click.option(
    "--no-dist",
    is_flag=True,
    help="Convert nothing: dist/, proofs and the platforms' limits are not looked at, and it is quick.",
)
@click.option("--fix", "mend", is_flag=True, help="Mend first what is safe and mechanical, and tell what was mended.")
@NO_CACHE
@WATCH
@click.pass_context
def check(
    ctx: click.Context,
    rules: tuple[Path, ...],
    format_: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_dist: bool,
    mend: bool,
    no_cache: bool,
    watch: bool,
) -> None:
    """Look for all that is wrong with the rules and with what stands beside them.

    The specification, SigmaHQ's conventions, what a rule asks, the platforms' limits, fixtures, guides, lists,
    versions, proofs and dist/. What a repository does not keep is not asked for.
    """
    from stagewatch.cache.parts import build_parts, check_parts, rule_parts
    from stagewatch.cache.session import Session

    layout = layout_of(ctx)
    parts = rule_parts(layout, ctx.meta.get(CONFIG), rules, (), (), layout.environment)
    parts |= {**build_parts(layout, None), **check_parts(layout)}
    if watch:
        from stagewatch.watch import watch_and_run

        ctx.exit(watch_and_run(parts))
    settings = layout.check
    settings = replace(settings, select=select or settings.select, ignore=(*settings.ignore, *ignore))
    asked = [[str(path) for path in rules], format_, settings.select, settings.ignore, no_dist]
    with Session("check", parts, asked, wanted=not (no_cache or mend)) as session:
        printed = session.earlier()
        if printed is None:
            printed, sound = _check(layout, rules, settings, format_, no_dist, mend, session)
            if sound:
                session.keep(printed)
    with printing():
        printed.show()
        told_of_cache(session)
    ctx.exit(printed.code)


def _check(
    layout: Layout,
    rules: tuple[Path, ...],
    settings: CheckSettings,
    format_: str,
    no_dist: bool,
    mend: bool,
    session: Session,
) -> tuple[Printed, bool]:
    """What is to be printed, and whether every check came to its end."""
    from stagewatch.check.codes import REBUILDING, codes
    from stagewatch.check.fix import fix
    from stagewatch.check.formats import written
    from stagewatch.check.run import read, run
    from stagewatch.printed import Printed

    named = (*settings.select, *settings.ignore, *(one.code for one in settings.exclude))
    unknown = [code for code in named if code not in codes()]
    if unknown:
        raise UsageError(f"there is no code {unknown[0]}; docs/findings.md has all of them")

    def converting(pack: Pack, targets: Sequence[str]) -> Convert:
        return session.converting(pack, targets, "check" if rules else "build")  # of all rules a build knows the same

    checked = replace(read(layout, rules), converting=converting)
    if mend:
        mended = fix(checked, settings)
        for line in mended:
            click.echo(line, err=format_ != "text")
        if mended:
            checked = replace(read(layout, rules), converting=converting)
    report = run(checked, settings, without=REBUILDING if no_dist else {})
    printed = Printed(code=EXIT_DEFECT if report.defects else EXIT_FINDINGS if report.fails else EXIT_OK)
    printed.warn(*(f"stagewatch: a defect, please report it: {defect}" for defect in report.defects))
    printed.texts.append((False, written(format_, report)))
    return printed, not report.defects
