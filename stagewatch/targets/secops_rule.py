"""The frame of a YARA-L rule: its name, its sections and its string literals."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from stagewatch.findings import one_line

RESERVED = frozenset(
    {
        "after", "all", "and", "any", "before", "by", "cidr", "condition", "events", "false", "if", "in", "is", "match",
        "meta", "nocase", "not", "null", "options", "or", "outcome", "over", "regex", "rule", "true", "tumbling",
    }
)  # fmt: skip


def rule_text(title: str, events: Sequence[str], condition: str, match: str | None = None) -> str:
    """A rule with the sections in the order that the language demands (page "YARA-L 2.0 language syntax").

    ``events`` are predicates, ``match`` is the content of the section, which only rules over a window have.
    """
    name = rule_name(title)
    sections = [
        ("meta", [f"description = {quoted(one_line(title) or name)}"]),
        ("events", events),
        *([("match", [match])] if match is not None else []),
        ("condition", [condition]),
    ]
    body = "\n\n".join(f"  {key}:\n" + "\n".join(f"    {line}" for line in lines) for key, lines in sections)
    return f"rule {name} {{\n{body}\n}}"


def rule_name(title: str) -> str:
    """A title as an identifier of ``[a-z0-9_]`` that starts with no digit.

    A title of which nothing is left is told apart from others by its checksum.
    """
    word = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    if not word:
        return f"stagewatch_rule_{zlib.crc32(title.encode('utf-8', 'replace')):08x}" if title else "stagewatch_rule"
    return f"rule_{word}" if word[0].isdigit() or word in RESERVED else word


def quoted(text: str) -> str:
    r"""A string literal for printable text. ``\\`` stands in Google's rules, ``\"`` is unverified but universal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
