"""What GitHub's Markdown has beyond common Markdown, as common Markdown: the site shows HTML of documents as text.

Reports for pull requests (``docs/review/``) fold long parts away and set alerts; here they stand open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"\s*<!--.*?-->\s*")
_PICTURE = re.compile(r"!\[[^]]*\]\([^()]*\)\s*")
_TAGS = re.compile(r"</?(?:details|sub)>|<br>$")
_SUMMARY = re.compile(r"<summary>(.*?)</summary>")
_ALERT = re.compile(r"> \[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*")
_BOLD = re.compile(r"</?(?:b|strong)>")


def common(markdown: str) -> str:
    """The document without comments and tags that fold, outside of blocks of code."""
    return "\n".join(_lines(markdown))


def _lines(markdown: str) -> Iterator[str]:
    fence = ""
    for line in markdown.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark is not None and not fence:
            fence = mark[1]
        elif mark is not None and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence:
            yield from _open(line)
            continue
        yield line


def _open(line: str) -> Iterator[str]:
    """A line outside of code; nothing for a comment or a picture alone: documents picture the site itself."""
    if _COMMENT.fullmatch(line) or _PICTURE.fullmatch(line):
        return
    if alert := _ALERT.fullmatch(line):
        yield f"> **{alert[1].capitalize()}**"
        yield ">"
        return
    shown = _SUMMARY.sub(lambda match: f"**{_BOLD.sub('', match[1])}**", line)
    yield _TAGS.sub("", shown)
