"""The command ``lists``: does each rule carry its named lists as ``lists/`` has them, and can they be renewed?"""

from __future__ import annotations

from pathlib import Path

import click

from stagewatch.cli_options import EPILOG, EXIT_FINDINGS, EXIT_OK, layout_of, printing
from stagewatch.findings import Finding, UsageError


@click.command(epilog=EPILOG)
@click.option(
    "--rules",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="A folder of Sigma rules. [default: the repository's, sigma]",
)
@click.option(
    "--lists",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder of named lists. [default: the repository's, lists]",
)
@click.option("--renew", "write", is_flag=True, help="Write the lists into the rules that have drifted from them.")
@click.pass_context
def lists(ctx: click.Context, rules: Path | None, folder: Path | None, write: bool) -> None:
    """Compare the rules with the named lists that they carry.

    A rule carries a list by the name of a detection: selection_web_roots carries the list web_roots.
    """
    from stagewatch.lists.model import read_lists
    from stagewatch.lists.renew import drift, findings_of, orphans, renew, shown

    layout = layout_of(ctx)
    if folder is None and not layout.has("lists", layout.lists):
        with printing():
            click.echo(f"no lists are kept: {layout.absent('lists', layout.lists)}")
        ctx.exit(EXIT_OK)
    folder = folder or layout.lists
    named = {rules: rules.name} if rules else {path: layout.shown(path) for path in layout.rules}
    for path in named:
        if not path.exists():
            raise UsageError(f"there is no folder of rules: {path}")
    findings: list[Finding] = []
    known = read_lists(folder, findings)
    writable = write and not findings
    changed: list[str] = []
    for path, name in named.items():
        drifted = drift(path, known)
        if writable:
            changed += [shown(path, one, name) for one in renew(drifted)]
            drifted = drift(path, known)
        findings += findings_of(path, drifted, name)
    findings += [
        Finding(f"{folder.name}", None, None, f"no rule file answers to the threshold of {stem}")
        for stem in sorted(set.intersection(*(set(orphans(path, known)) for path in named)))
    ]
    with printing():
        for path_shown in changed:
            click.echo(f"renewed {path_shown}")
        for finding in findings:
            click.echo(str(finding), err=True)
        count = len(known.named)
        click.echo(f"{count} lists and {len(known.thresholds)} thresholds, {len(findings)} findings")
    ctx.exit(EXIT_FINDINGS if findings else EXIT_OK)
