"""The command ``site``: the catalogue of the pack as a static site."""

from __future__ import annotations

from pathlib import Path

import click

from stagewatch.cli_options import EPILOG, EXIT_FINDINGS, EXIT_OK, layout_of, printing
from stagewatch.findings import Finding, UsageError
from stagewatch.layout import SITE


@click.command(epilog=EPILOG)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The output folder, replaced as a whole. [default: site]",
)
@click.option(
    "--pyodide",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The npm package pyodide, for the playground. [default: where `npm ci` in stagewatch/site/playground puts it]",
)
@click.pass_context
def site(ctx: click.Context, out: Path | None, pyodide: Path | None) -> None:
    """Make the catalogue: a static site of the pack, of dist/, of the fixtures, the proofs and docs/.

    It works from a folder, on any web server and below any address, and nothing on it is loaded from elsewhere.
    Needs the extra `site`.
    """
    from stagewatch import output

    try:
        from stagewatch.site.collect import collect
        from stagewatch.site.engine import read_engine
        from stagewatch.site.generate import SIGN, generate
        from stagewatch.site.links import broken
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'site'") from error

    layout = layout_of(ctx)
    folder = out or layout.root / SITE
    output.check_writable(folder, SIGN)
    findings: list[Finding] = []
    engine = read_engine(pyodide)
    model = collect(layout, findings, engine)
    files = generate(model)
    findings += [Finding(page, None, None, f"a link leads nowhere: {address}") for page, address in broken(files)]
    output.replace_folder(folder, files)
    with printing():
        for finding in findings:
            click.echo(str(finding), err=True)
        if engine.missing:
            click.echo(f"the playground is left out: {engine.missing}", err=True)
        pages = sum(path.endswith(".html") for path in files)
        click.echo(f"{pages} pages, {len(files)} files in {folder}")
    ctx.exit(EXIT_FINDINGS if findings else EXIT_OK)
