"""A real browser for tests, and the built site on a web server, below an address of its own."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BELOW = "some/where"
"""Where the site is served: not at the root, as on the pages of a project."""


def chromium() -> str | None:
    """The Chromium to use: that of STAGEWATCH_CHROMIUM, of the system, or Playwright's own; None without one."""
    named = os.environ.get("STAGEWATCH_CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def translate_path(self, path: str) -> str:
        below = f"/{BELOW}/"
        return super().translate_path(path.removeprefix(below.rstrip("/")) if path.startswith(below) else "/nowhere")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback; the address of it, with a slash behind."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/{BELOW}/"
        finally:
            server.shutdown()
            thread.join()
