"""The commands ``review``, which makes one report of check, prove and diff, and ``comment``, which posts it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from stagewatch.cli_options import (
    CONFIG,
    EPILOG,
    EXIT_FINDINGS,
    EXIT_OK,
    TARGET,
    layout_of,
    printing,
    targets_of,
)
from stagewatch.findings import UsageError, one_line

FAIL_ON = ("errors", "warnings", "proofs", "diff", "never")
DEFAULT_FAIL_ON = "errors,proofs,diff"
"""Said again where they are used, since help must not import that; a test holds them equal."""


def _words(_ctx: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word for word in value.replace(",", " ").split() if word))
    unknown = [word for word in words if word not in FAIL_ON]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(FAIL_ON)}")
    if not words or ("never" in words and len(words) > 1):
        raise click.BadParameter("name what to fail on, or never alone")
    return words


@click.command(epilog=EPILOG)
@click.argument("base", required=False, metavar="[BASE]")
@TARGET
@click.option(
    "--events",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Logs that `diff` asks too. May be given several times. [default: the repository's]",
)
@click.option(
    "--fail-on",
    default=DEFAULT_FAIL_ON,
    show_default=True,
    callback=_words,
    metavar="WORDS",
    help=f"What makes the exit code 1: {', '.join(FAIL_ON)}; several with commas.",
)
@click.option("--no-prove", is_flag=True, help="Leave out the proofs, which take longest.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("stagewatch-review"),
    show_default=True,
    metavar="DIR",
    help="Where the reports go: report.md, check.sarif, check.xml, check.json, prove.xml, diff.html, diff.json.",
)
@click.option("--annotate", is_flag=True, help="Print new findings as GitHub's annotations.")
@click.pass_context
def review(
    ctx: click.Context,
    base: str | None,
    targets: tuple[str, ...],
    events: tuple[Path, ...],
    fail_on: tuple[str, ...],
    no_prove: bool,
    out: Path,
    annotate: bool,
) -> None:
    """Run check, prove and diff on a change and make one report of them, as for a pull request.

    The change is what the working tree has and the revision BASE has not, or the commit at which BASE was left. Only
    findings that the change brings count. Without BASE and without `base` in the configuration nothing is compared.
    """
    from stagewatch.diff.git import repository
    from stagewatch.review import report
    from stagewatch.review.bases import base_of, prefix_of
    from stagewatch.review.folder import write
    from stagewatch.review.steps import Asked, review

    layout = layout_of(ctx)
    name = base or layout.diff.base
    revision = base_of(repository(layout.root), name) if name else None
    asked = Asked(
        layout=layout,
        config=ctx.meta.get(CONFIG),
        base=revision,
        targets=targets_of(layout, targets),
        events=events,
        with_proofs=not no_prove,
        fail_on=fail_on,
        prefix=prefix_of(layout.root),
    )
    made = review(asked, lambda part: click.echo(f"{part} ...", err=True))
    files = report.files(made)
    write(out, files)
    with printing():
        if annotate and made.check is not None:
            click.echo(made.check.files["github"], nl=False)
        for part, reason in made.broken.items():
            click.echo(f"stagewatch: {part} could not be run: {reason}", err=True)
        click.echo(one_line(f"{made.verdict}: {', '.join(made.reasons) or 'nothing to fail on'}; see {out}/report.md"))
    ctx.exit(EXIT_FINDINGS if made.reasons else EXIT_OK)


@click.command(epilog=EPILOG)
@click.argument("report", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--to",
    "where",
    type=click.Choice(("github", "gitlab")),
    required=True,
    help="Where the pull or merge request is. It is told by the variables of the running job.",
)
@click.option("--name", default="review", show_default=True, help="Tells several reports on one request apart.")
@click.option(
    "--author",
    default="github-actions[bot]",
    show_default=True,
    help="Whose comments are ours, on GitHub: the login behind the token.",
)
def comment(report: Path, where: str, name: str, author: str) -> None:
    """Post REPORT, Markdown, as a comment on a pull or merge request, or bring the one that is there up to date.

    The token is in STAGEWATCH_TOKEN. Where it may not write, as in a run for a pull request from a fork, that is said
    and the exit code is 0.
    """
    from stagewatch.review.comments import Forge, keep
    from stagewatch.review.github import github
    from stagewatch.review.gitlab import gitlab
    from stagewatch.review.markdown import marker, shortened
    from stagewatch.review.web import Refused

    token = os.environ.get("STAGEWATCH_TOKEN", "")
    if not token.strip():
        click.echo("no comment: there is no token in STAGEWATCH_TOKEN")
        return
    if not (token.isascii() and token.isprintable()):
        raise UsageError("STAGEWATCH_TOKEN holds characters that no token has")
    hidden = marker(name)
    try:
        forge: Forge = github(os.environ, token, author) if where == "github" else gitlab(os.environ, token)
        told = "*The report is longer than a comment may be; the whole of it is with the run.*"
        body = shortened(report.read_text(encoding="utf-8"), forge.most - len(hidden) - 1, told)
        done, address = keep(forge, hidden, body)
    except Refused as error:
        click.echo(one_line(f"no comment: the token may not write here ({error})"))
        return
    click.echo(one_line(f"{done} {address}"))
