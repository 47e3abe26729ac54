"""The command ``release``: everything that one release consists of, into one folder."""

from __future__ import annotations

from pathlib import Path

import click

from stagewatch.cli_options import EPILOG, EXIT_FINDINGS, EXIT_OK, printing, root_of
from stagewatch.findings import UsageError
from stagewatch.layout import DIST


@click.command(epilog=EPILOG)
@click.option(
    "--version", "version", required=True, metavar="X.Y.Z", help="The release's number (Semantic Versioning)."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder of the release, replaced as a whole. [default: release]",
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="MANIFEST",
    help="The manifest.json of the release before, which the notes compare with. [default: none, the first release]",
)
@click.pass_context
def release(ctx: click.Context, version: str, out: Path | None, previous: Path | None) -> None:
    """Make a release of dist/: archives, checksums, manifest, bill of materials and notes.

    dist/ must be what a build gives now, and the rules as versions.json says. The same repository with the same
    packages gives the same bytes on any day. Needs the extra `release`.
    """
    try:
        from stagewatch import output
        from stagewatch.release import assemble, edition, number, packages, source
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'release'") from error

    root = root_of(ctx)
    folder = out or root / "release"
    _check_apart(root, folder)
    output.check_writable(folder)
    before = edition.read_edition(previous) if previous else None
    wanted = number.number(version, before.release if before else None)
    made_by = packages.packages(root)
    read = source.read_source(root)
    findings = [*number.disagreement(wanted), *packages.disagreements(root, made_by), *read.findings]
    files = {} if findings else assemble.assemble(read, version, before, made_by, packages.direct(root))
    if files:
        output.replace_folder(folder, files)
    with printing():
        for finding in findings:
            click.echo(str(finding), err=True)
        for name in sorted(files):
            click.echo(f"{len(files[name]):>12,}  {name}")
        click.echo(f"{len(files)} files in {folder}" if files else f"nothing was written to {folder}")
    ctx.exit(EXIT_FINDINGS if findings else EXIT_OK)


def _check_apart(root: Path, folder: Path) -> None:
    """Raise :class:`UsageError` where the release would replace what it is made of."""
    root, folder = root.resolve(), folder.resolve()
    if root.is_relative_to(folder) or folder.is_relative_to(root / DIST):
        raise UsageError(f"will not replace {folder}: the release is made of what is in it")
