"""One comment on a pull or merge request that is kept up to date: found by a hidden line, written by us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MOST_PAGES = 50
"""Pages of a hundred comments in which ours is looked for."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is there. ``own`` says that who asks has written it: another's is never changed."""

    identifier: int
    body: str
    own: bool


class Forge(Protocol):
    """Where pull requests are: GitHub, GitLab."""

    @property
    def most(self) -> int:
        """Characters that a comment may have."""
        ...

    def comments(self) -> Iterator[Comment]:
        """All comments on the request, oldest first."""
        ...

    def create(self, body: str) -> str:
        """Write a new comment; its address."""
        ...

    def update(self, comment: Comment, body: str) -> str:
        """Replace a comment; its address."""
        ...


def keep(forge: Forge, hidden: str, body: str) -> tuple[str, str]:
    """Make ``body`` the comment that begins with the line ``hidden``; what was done, and the comment's address."""
    text = f"{hidden}\n{body}"
    for comment in forge.comments():
        if comment.own and comment.body.startswith(hidden):
            return "updated", forge.update(comment, text)
    return "created", forge.create(text)
