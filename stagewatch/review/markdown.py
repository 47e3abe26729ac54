"""The Markdown of a comment: a hidden line to find it by, and a long one shortened without breaking the rest."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_DETAILS = re.compile(r"</?details\b", re.IGNORECASE)


def marker(name: str) -> str:
    """The hidden line by which a report is found again. ``name`` tells several reports on one pull request apart."""
    return f"<!-- stagewatch review: {re.sub(r'[^A-Za-z0-9._ ]+|-+', '-', name)} -->"


def shortened(text: str, most: int, told: str) -> str:
    """The text, or as many of its first lines as fit in ``most`` characters with ``told`` behind them.

    What is open where it is cut, a block of code or folded details, is closed.
    """
    if len(text) <= most:
        return text
    room = most - len(told) - 64  # for what has to be closed
    kept: list[str] = []
    length = 0
    for line in text.splitlines():
        length += len(line) + 1
        if length > room:
            break
        kept.append(line)
    fence, details = _open(kept)
    closing = [*([fence] if fence else []), *(["</details>"] * min(details, 4))]
    return "\n".join([*kept, *closing, "", told, ""])


def _open(lines: list[str]) -> tuple[str, int]:
    """The fence of the block of code that is open behind these lines, if one is, and how many details are."""
    fence, details = "", 0
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif found:
            fence = found[1]
        else:
            details += sum(-1 if tag.startswith("</") else 1 for tag in _DETAILS.findall(line))
    return fence, max(details, 0)
