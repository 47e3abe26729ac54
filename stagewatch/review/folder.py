"""The folder of reports: it is made, and files of ours in it are replaced; others stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stagewatch.findings import UsageError
from stagewatch.output import replace_file


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files. Raises :class:`UsageError` where the disk refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from error
    for name, content in files.items():
        replace_file(folder / name, content)
