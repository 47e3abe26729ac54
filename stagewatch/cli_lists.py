"""The command ``lists``: does each rule carry its named lists as ``lists/`` has them, and can they be renewed?"""

from __future__ import annotations

from pathlib import Path

import click

from stagewatch.cli_options import EPILOG, EXIT_FINDINGS, EXIT_OK, printing, root_of
from stagewatch.findings import Finding, UsageError
from stagewatch.layout import LISTS, PACK


@click.command(epilog=EPILOG)
@click.option(
    "--rules",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="A folder of Sigma rules. [default: sigma]",
)
@click.option(
    "--lists",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder of named lists. [default: lists]",
)
@click.option("--renew", "write", is_flag=True, help="Write the lists into the rules that have drifted from them.")
@click.pass_context
def lists(ctx: click.Context, rules: Path | None, folder: Path | None, write: bool) -> None:
    """Compare the rules with the named lists that they carry.

    A rule carries a list by the name of a detection: selection_web_roots carries the list web_roots.
    """
    from stagewatch.lists.model import read_lists
    from stagewatch.lists.renew import drift, findings_of, orphans, renew

    root = root_of(ctx)
    rules = rules or root / PACK
    folder = folder or root / LISTS
    if not rules.is_dir():
        raise UsageError(f"there is no folder of rules: {rules}")
    findings: list[Finding] = []
    known = read_lists(folder, findings)
    drifted = drift(rules, known)
    changed = []
    if write and not findings:
        changed = renew(drifted)
        drifted = drift(rules, known)
    findings += findings_of(rules, drifted)
    findings += [
        Finding(f"{folder.name}", None, None, f"no rule file answers to the threshold of {stem}")
        for stem in orphans(rules, known)
    ]
    with printing():
        for path in changed:
            click.echo(f"renewed {rules.name}/{path.relative_to(rules).as_posix()}")
        for finding in findings:
            click.echo(str(finding), err=True)
        count = len(known.named)
        click.echo(f"{count} lists and {len(known.thresholds)} thresholds, {len(findings)} findings")
    ctx.exit(EXIT_FINDINGS if findings else EXIT_OK)
