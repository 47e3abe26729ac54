"""The command ``cache``: what is kept on this machine, and away with it."""

from __future__ import annotations

import click

from stagewatch.cli_options import EPILOG, EXIT_OK, printing
from stagewatch.findings import UsageError


@click.command(epilog=EPILOG)
@click.option("--clear", is_flag=True, help="Delete everything that was found out before.")
@click.option("--info", is_flag=True, help="Say where it lies and how much there is. [default]")
@click.pass_context
def cache(ctx: click.Context, clear: bool, info: bool) -> None:
    """Say what is kept of earlier runs, or delete it.

    `build`, `check` and `prove` keep what they find out, so that an unchanged pack costs a moment. STAGEWATCH_CACHE
    names another folder for it; --no-cache or STAGEWATCH_NO_CACHE=1 does without.
    """
    from stagewatch.cache.errors import CacheError
    from stagewatch.cache.folders import cache_folder
    from stagewatch.cache.store import Store

    if clear and info:
        raise UsageError("--clear or --info, one of them")
    try:
        store = Store(cache_folder(), b"")  # nothing is read from it here
    except CacheError as error:
        raise UsageError(str(error)) from error
    with printing():
        if clear:
            count = store.clear()
            if store.trouble is not None:
                raise UsageError(f"not all could be deleted: {store.trouble}")
            click.echo(f"{count} entries deleted in {store.folder}")
        else:
            held = store.holdings()
            mebibytes = sum(holding.size for holding in held) / 2**20
            click.echo(f"{len(held)} entries, {mebibytes:.1f} MiB in {store.folder}")
    ctx.exit(EXIT_OK)
