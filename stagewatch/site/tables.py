"""Tables of Markdown documents that the repository's own tools write, as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

Row = list[str]


def tables(markdown: str) -> Iterator[list[Row]]:
    """Each table as its rows of cells, the header first."""
    rows: list[Row] = []
    for line in [*markdown.split("\n"), ""]:
        if line.startswith("|"):
            rows.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])])
        elif rows:
            if len(rows) > 1:
                yield [rows[0], *rows[2:]]
            rows = []
