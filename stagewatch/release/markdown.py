"""Text from rules as Markdown that shows it as it is: GitHub's flavour, where a name may call people and issues."""

from __future__ import annotations

import re

from stagewatch.findings import one_line

_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~&!:@$.^=+()-]")
"""ASCII punctuation that can begin something in Markdown, or an address that GitHub would link."""

_CALLS = re.compile(r"([@#])")
"""GitHub looks for @names and #numbers in the text that Markdown has become, where an escape is gone."""


def plain(text: str) -> str:
    """The text for the inside of a line."""
    escaped = _SIGNS.sub(r"\\\g<0>", " ".join(one_line(text).split()))
    return _CALLS.sub(r"\1<!-- -->", escaped)


def code(text: str) -> str:
    """The text as a code span, in a fence longer than any in it."""
    text = one_line(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
