"""Notes of a merge request on GitLab.

https://docs.gitlab.com/api/notes/: the job's own token may not write notes, it takes a project access token with the
scope ``api``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stagewatch.findings import UsageError
from stagewatch.review.comments import MOST_PAGES, Comment
from stagewatch.review.web import Web

_ACTION = re.compile(r"^([ \t]*)/(?=[A-Za-z_])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class GitLab:
    """A merge request. ``author`` is the user whose token is used."""

    web: Web
    project: int
    number: int
    author: str
    address: str = ""
    """Of the merge request's page."""
    most: int = 900_000
    """GitLab takes a million characters."""

    def comments(self) -> Iterator[Comment]:
        for page in range(1, MOST_PAGES + 1):
            path = f"{self._path()}?per_page=100&page={page}&sort=asc&order_by=created_at"
            answer = self.web.call("GET", path)
            for one in answer.data:
                yield Comment(int(one["id"]), str(one["body"] or ""), one["author"]["username"] == self.author)
            if not answer.more:
                return

    def create(self, body: str) -> str:
        return self._address(self.web.call("POST", self._path(), {"body": _no_actions(body)}).data["id"])

    def update(self, comment: Comment, body: str) -> str:
        self.web.call("PUT", f"{self._path()}/{comment.identifier}", {"body": _no_actions(body)})
        return self._address(comment.identifier)

    def _address(self, note: int) -> str:
        return f"{self.address}#note_{note}" if self.address else ""

    def _path(self) -> str:
        return f"/projects/{self.project}/merge_requests/{self.number}/notes"


def _no_actions(body: str) -> str:
    """The text without quick actions: a line that begins with ``/merge`` would be done, with the token's rights."""
    return _ACTION.sub("\\1\u200b/", body)


def gitlab(environ: Mapping[str, str], token: str) -> GitLab:
    """The merge request for which a pipeline runs. Raises :class:`UsageError` where it runs for none."""
    # the pipeline for a fork runs in the fork, the merge request is in the project that it came from
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    if not (project.isdigit() and number.isdigit() and "CI_API_V4_URL" in environ):
        raise UsageError("this pipeline is for no merge request: there is nothing to comment on")
    web = Web(environ["CI_API_V4_URL"], {"PRIVATE-TOKEN": token, "User-Agent": "stagewatch"})
    author = str(web.call("GET", "/user").data["username"])
    page = environ.get("CI_MERGE_REQUEST_PROJECT_URL", "")
    return GitLab(web, int(project), int(number), author, f"{page}/-/merge_requests/{number}" if page else "")
