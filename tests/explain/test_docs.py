"""The example of docs/explain.md is what the command prints.

``python -m tests.explain.test_docs`` writes it anew, where a rule or the lines of a pipeline have changed.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

from stagewatch.cli import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explain.md"
BLOCK = re.compile(r"<!-- (?P<name>[^\n]+) -->\n```(?:json|text)\n(?P<text>.*?)```", re.DOTALL)


def printed(event: str, command: str) -> str:
    """What a command prints; where it names no target, from the event on."""
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(out):
        Path("event.json").write_text(event)
        assert main(command.split()[2:], ROOT) == 0
    text = out.getvalue()
    return text if "--target" in command else text[text.index("Event 1:") :]


def renewed(page: str) -> str:
    """The page with what the commands print now."""
    event, *commands = BLOCK.findall(page)
    assert len(commands) == 2
    for command, text in commands:
        page = page.replace(text, printed(event[1], command))
    return page


def test_the_example_is_what_the_command_prints() -> None:
    page = PAGE.read_text()
    assert renewed(page) == page


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    PAGE.write_text(renewed(PAGE.read_text()))
