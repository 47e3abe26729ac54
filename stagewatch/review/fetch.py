"""Fetches the one commit that a shallow clone lacks."""

from __future__ import annotations

import subprocess
from pathlib import Path

TIMEOUT = 120


def fetch(root: Path, commit: str) -> bool:
    """Fetch a commit, without its history, from where the clone came from. ``commit`` is a full hash."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and a hash
            ["git", "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--depth=1", "origin", commit],  # noqa: S607
            cwd=root,
            check=False,
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
