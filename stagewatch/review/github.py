"""Comments of a pull request on GitHub.

https://docs.github.com/en/rest/issues/comments: a pull request is an issue here. The token needs
``pull-requests: write`` (or ``issues: write``); that of a run for a pull request from a fork has neither, whatever the
workflow says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch.findings import UsageError
from stagewatch.review.comments import MOST_PAGES, Comment
from stagewatch.review.web import Web

AUTHOR = "github-actions[bot]"
"""Who writes with the token of a workflow."""

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class GitHub:
    """A pull request. ``author`` is whose comments are ours."""

    web: Web
    repository: str
    number: int
    author: str = AUTHOR
    most: int = 65_000
    """GitHub takes 65,536 characters: "Body is too long (maximum is 65536 characters)"."""

    def comments(self) -> Iterator[Comment]:
        for page in range(1, MOST_PAGES + 1):
            answer = self.web.call("GET", f"{self._path()}?per_page=100&page={page}")
            for one in answer.data:
                yield Comment(int(one["id"]), str(one["body"] or ""), (one["user"] or {}).get("login") == self.author)
            if not answer.more:
                return

    def create(self, body: str) -> str:
        return _address(self.web.call("POST", self._path(), {"body": body}).data)

    def update(self, comment: Comment, body: str) -> str:
        path = f"/repos/{self.repository}/issues/comments/{comment.identifier}"
        return _address(self.web.call("PATCH", path, {"body": body}).data)

    def _path(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"


def github(environ: Mapping[str, str], token: str, author: str = AUTHOR) -> GitHub:
    """The pull request for which a workflow runs. Raises :class:`UsageError` where it runs for none."""
    repository = environ.get("GITHUB_REPOSITORY", "")
    number = (event(environ).get("pull_request") or {}).get("number")
    if not _REPOSITORY.fullmatch(repository) or not isinstance(number, int):
        raise UsageError("this run is for no pull request: there is nothing to comment on")
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "User-Agent": "stagewatch",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    web = Web(environ.get("GITHUB_API_URL", "https://api.github.com"), headers)
    return GitHub(web, repository, number, author)


def event(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """What has started the workflow (``GITHUB_EVENT_PATH``), empty where nothing tells."""
    try:
        data = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_bytes())
    except (KeyError, OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _address(data: Any) -> str:
    return str(data.get("html_url") or "") if isinstance(data, dict) else ""
