"""Lexers for the query languages that Pygments does not know, just fine enough to colour a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from pygments.lexer import Lexer, RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text


def _lexer(
    name: str,
    *,
    keywords: Sequence[str],
    operators: Sequence[str],
    extra: Sequence[tuple[Any, ...]] = (),
    quotes: str = "\"'",
    fields: str = r"[A-Za-z_@#$][\w@#.]*",
) -> type[Lexer]:
    """A lexer of strings, numbers, words and punctuation. ``extra`` rules come before all others."""
    strings = [(rf"{quote}(?:[^{quote}\\]|\\.)*{quote}", String) for quote in quotes]
    rules: list[tuple[Any, ...]] = [
        (r"\s+", Text),
        *extra,
        *strings,
        (r"\b\d+(?:\.\d+)?(?:ms|[smhd])?\b|\b0x[0-9a-fA-F]+\b", Number),
        (words(tuple(operators), prefix=r"(?i)\b", suffix=r"\b"), Operator.Word),
        (words(tuple(keywords), prefix=r"(?i)\b", suffix=r"\b"), Keyword),
        (r"[A-Za-z_][\w:.]*(?=\()", Name.Function),
        (fields, Name),
        (r"[|(){}\[\],;]", Punctuation),
        (r"[-+*/%=<>!~:?&^.]+", Operator),
        (r".", Text),
    ]

    class Made(RegexLexer):
        flags = re.MULTILINE | re.DOTALL
        tokens: ClassVar[dict[str, list[Any]]] = {"root": rules}

    Made.__name__ = Made.__qualname__ = f"{name}Lexer"
    Made.name = name
    return Made


_SLASHED = (r"/(?:[^/\\\n]|\\.)+/[a-z]*", String.Regex)
_LINE_COMMENT = (r"//[^\n]*", Comment.Single)

EQL = _lexer(
    "EQL",
    keywords=(
        "process",
        "file",
        "registry",
        "network",
        "any",
        "sequence",
        "sample",
        "where",
        "by",
        "with",
        "maxspan",
        "until",
    ),
    operators=("and", "or", "not", "in", "like", "regex", "true", "false", "null"),
    extra=((r'"""(?:.|\n)*?"""', String), _LINE_COMMENT, (r"\b(?:like|regex|in)~", Operator.Word)),
    quotes='"',
    fields=r"\??[A-Za-z_@][\w@.]*",
)
ESQL = _lexer(
    "ES|QL",
    keywords=("from", "where", "eval", "stats", "by", "keep", "sort", "limit", "as", "metadata", "rename", "mv_expand"),
    operators=("and", "or", "not", "in", "like", "rlike", "is", "null", "true", "false"),
    extra=((r'"""(?:.|\n)*?"""', String), _LINE_COMMENT),
    quotes='"',
)
SPL = _lexer(
    "SPL",
    keywords=(
        "search", "where", "eval", "stats", "streamstats", "eventstats", "sort", "rename", "regex", "rex", "table",
        "fields", "transaction", "multisearch", "append", "dedup", "by", "as", "fillnull", "bin", "mvexpand", "makemv",
    ),
    operators=("and", "or", "not", "in"),
    extra=((r"`[^`]*`", Name.Variable),),
    quotes='"',
)  # fmt: skip
AQL = _lexer(
    "AQL",
    keywords=(
        "select", "from", "events", "flows", "where", "group", "by", "having", "order", "last", "minutes", "hours",
        "days", "start", "stop", "as", "limit", "asc", "desc", "with", "case", "when", "then", "else", "end",
    ),
    operators=("and", "or", "not", "in", "like", "ilike", "imatches", "matches", "is", "null", "between", "contains"),
    extra=((r'"[^"]*"', Name), (r"'(?:[^']|'')*'", String)),
    quotes="'",
)  # fmt: skip
CSE = _lexer(
    "Cloud SIEM",
    keywords=("exists", "object"),
    operators=("and", "or", "not", "in", "like", "rlike", "matches", "is", "null", "true", "false"),
    extra=((r"(?<=\[)'[^']*'(?=\])", Name.Attribute),),
    quotes="'",
)
YARAL = _lexer(
    "YARA-L",
    keywords=(
        "rule",
        "meta",
        "events",
        "match",
        "outcome",
        "condition",
        "options",
        "over",
        "every",
        "before",
        "after",
        "sliding",
    ),
    operators=("and", "or", "not", "in", "is", "null", "any", "all", "nocase", "true", "false"),
    extra=((r"`[^`]*`", String.Regex), _LINE_COMMENT, _SLASHED, (r"[$#~][A-Za-z_]\w*", Name.Variable)),
    quotes='"',
    fields=r"[A-Za-z_][\w.]*",
)
CQL = _lexer(
    "CQL",
    keywords=("case", "as", "by"),
    operators=("and", "or", "not", "in", "like", "true", "false"),
    extra=((r"^//[^\n]*", Comment.Single), _SLASHED),
    quotes='"',
)
