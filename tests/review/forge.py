"""A server that answers as the APIs of GitHub and GitLab do, as far as comments go."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
GITHUB_MOST = 65_536
PAGE = 100


@dataclass
class World:
    """The comments of one pull request, and how the server behaves."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    failing: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers with which the next requests are answered, in order."""
    read_only: bool = False
    url: str = ""

    def add(self, body: str, login: str | None = BOT) -> None:
        """Somebody has written a comment."""
        user = None if login is None else {"login": login}
        author = {"username": login}
        identifier = len(self.comments) + 1
        self.comments.append({"id": identifier, "body": body, "user": user, "author": author})

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]


class _Handler(BaseHTTPRequestHandler):
    world: World

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, data: Any, **headers: str) -> None:
        raw = json.dumps(data).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _serve(self) -> None:
        world, parts = self.world, urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        world.calls.append((self.command, parts.path))
        world.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
        if world.failing:
            status, headers = world.failing.pop(0)
            self._answer(status, {"message": f"answer {status}"}, **headers)
        elif self.command != "GET" and world.read_only:
            self._answer(403, {"message": "Resource not accessible by integration"})
        elif self.command != "GET" and len(body["body"]) > GITHUB_MOST and "/repos/" in parts.path:
            self._answer(422, {"message": f"Body is too long (maximum is {GITHUB_MOST} characters)"})
        elif parts.path == "/user":
            self._answer(200, {"username": "project_1_bot"})
        elif self.command == "GET":
            self._list(int(parse_qs(parts.query)["page"][0]))
        elif self.command == "POST":
            world.add(body["body"], "project_1_bot" if "/projects/" in parts.path else BOT)
            self._answer(201, {"id": len(world.comments), "html_url": f"https://example.org/c{len(world.comments)}"})
        else:
            found = re.search(r"/(\d+)$", parts.path)
            assert found
            world.comments[int(found[1]) - 1]["body"] = body["body"]
            self._answer(200, {"id": int(found[1]), "html_url": f"https://example.org/c{found[1]}"})

    def _list(self, page: int) -> None:
        shown = self.world.comments[(page - 1) * PAGE : page * PAGE]
        link = f'<{self.world.url}/x?page={page + 1}>; rel="next", <{self.world.url}/x?page=9>; rel="last"'
        more = page * PAGE < len(self.world.comments)
        self._answer(200, shown, **({"Link": link} if more else {}))

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - named by http.server


@contextmanager
def serving() -> Iterator[World]:
    """The server, while it runs."""
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"world": world}))
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
