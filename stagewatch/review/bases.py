"""Which commit a change is compared with."""

from __future__ import annotations

from pathlib import Path

from stagewatch.diff.git import Repository, Revision, repository
from stagewatch.findings import UsageError


def base_of(known: Repository, name: str) -> Revision:
    """The commit at which the branch at hand left ``name``, so that what others did since is not taken for its own.

    A shallow clone may not reach back so far: then it is ``name`` itself, which is right where the branch at hand is
    already merged with it, as a workflow for a pull request finds it.
    """
    there = known.revision(name)
    try:
        found = known.merge_base(name)
        return Revision(found.hash, "") if name == there.hash else found  # a hash says nothing to people
    except UsageError:
        if known.shallow:
            return there
        raise


def prefix_of(root: Path) -> str:
    """The folder from the top of its git repository: empty, or ``a/b/``; empty where there is none."""
    try:
        return repository(root).prefix
    except UsageError:
        return ""
