"""DuckDB as the readers use it: bounded in memory, and its errors as short texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEMORY = "640MiB"
"""What DuckDB may hold before it writes to the scratch folder; Python and the buffers of files come on top."""


@contextmanager
def connected(scratch: Path | None = None, threads: int | None = None) -> Iterator[Any]:
    """A DuckDB of its own that reaches no network and keeps nothing. Raises ``duckdb.Error``."""
    import duckdb

    config: dict[str, Any] = {"memory_limit": MEMORY, "autoinstall_known_extensions": "false"}
    if scratch is not None:
        config["temp_directory"] = str(scratch / "duckdb")
    if threads is not None:
        config["threads"] = threads
    with duckdb.connect(config=config) as connection:
        yield connection


def said(error: Exception) -> str:
    """The first line of what an error says, without the class that DuckDB writes before it."""
    line = (str(error) or type(error).__name__).splitlines()[0]
    return line.partition("Error: ")[2] or line
