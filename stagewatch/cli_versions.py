"""The command ``versions``: does each rule mean what its version meant, and can the versions be raised?"""

from __future__ import annotations

import click

from stagewatch.cli_options import EPILOG, EXIT_FINDINGS, EXIT_OK, layout_of, pack_of, printing


@click.command(epilog=EPILOG)
@click.option(
    "--renew", "write", is_flag=True, help="Write versions.json: new rules get 1, changed ones a number higher."
)
@click.pass_context
def versions(ctx: click.Context, write: bool) -> None:
    """Compare the rules with versions.json, which says which version of a rule has which meaning.

    A rule's names, order, comments and texts may change under its version; its log source, conditions and level may
    not, nor a correlation's window, groups and rules.
    """
    from stagewatch import output
    from stagewatch.versions import current, drift, dumped, read_lock

    layout = layout_of(ctx)
    if not write and not layout.has("versions", layout.lock):
        with printing():
            click.echo(f"no versions are kept: there is no {layout.shown(layout.lock)}; --renew begins one")
        ctx.exit(EXIT_OK)
    pack = pack_of(layout, (), ())
    before = read_lock(layout.lock)
    lock = before
    if write and not pack.findings:  # a rule that does not load would lose its version
        lock = current(pack, before)
        output.replace_file(layout.lock, dumped(lock))
    findings = [*pack.findings, *drift(pack, lock, layout.shown(layout.lock))]
    with printing():
        for rule, one in sorted(lock.items(), key=lambda item: item[1].stem):
            if rule not in before or before[rule].number != one.number:
                click.echo(f"{one.stem}: version {one.number}")
        for stem in sorted(one.stem for rule, one in before.items() if rule not in lock):
            click.echo(f"{stem}: removed")
        for finding in findings:
            click.echo(str(finding), err=True)
        click.echo(f"{len(pack.rules)} rules, {len(findings)} findings")
    ctx.exit(EXIT_FINDINGS if findings else EXIT_OK)
