"""ES|QL's syntax: Elastic's own grammar and checks (PyPI ``detection-rules-esql-py``, Elastic License 2.0).

The package is imported when first used and never required: it is no dependency of this project, only of its proof. It
asks for Python 3.12 and runs on 3.11. Its syntax tree keeps strings as they were written, without saying between which
quotes, and forgets the direction of SORT: both are read from the query's text, at the place that the tree tells.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from stagewatch.languages.base import Problem, QueryError

Node = Any
"""A node of the vendor's syntax tree."""

# The lexer's QUOTED_STRING, in lexer/Expression.g4 of Elasticsearch: these five escapes, or none between triple quotes.
_RAW = re.compile(r'"""([^\r\n]*?)"""("{0,2})')
_QUOTED = re.compile(r'"((?:\\[tnr"\\]|[^\r\n"\\])*)"')
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", '"': '"', "\\": "\\"}

# "ES|QL time spans"; months and longer ones are of no fixed length and refused.
_UNITS = {
    **dict.fromkeys(("millisecond", "milliseconds", "ms"), "milliseconds"),
    **dict.fromkeys(("second", "seconds", "sec", "s"), "seconds"),
    **dict.fromkeys(("minute", "minutes", "min", "m"), "minutes"),
    **dict.fromkeys(("hour", "hours", "h"), "hours"),
    **dict.fromkeys(("day", "days", "d"), "days"),
}


@cache
def vendor() -> Any:
    """Elastic's package."""
    try:
        return import_module("esql")
    except ImportError as error:
        message = "ES|QL is read by the package detection-rules-esql-py, which is not installed"
        raise QueryError(Problem(message)) from error


def accepted(query: str, columns: dict[str, str] | None = None) -> Node:
    """The syntax tree, by Elastic's parser and, where columns are given, its analyzer. Raises :class:`QueryError`."""
    module = vendor()
    try:
        if columns is None:
            return module.parse_query(query)
        with module.Schema(columns):
            return module.parse_query(query)
    except module.EsqlError as error:
        line, column = getattr(error, "line", None), getattr(error, "column", None)
        message = getattr(error, "error_msg", str(error))
        if line is None or column is None:
            raise QueryError(Problem(message)) from error
        raise QueryError(Problem(message, line + 1, column + 1)) from error
    except AttributeError as error:  # such as for an aggregate without a name
        raise QueryError(Problem(f"Elastic's analyzer fails: {error}")) from error


@lru_cache(maxsize=64)
def parsed(query: str) -> Node:
    """The syntax tree without a check of columns."""
    return accepted(query)


def problem(node: Node, message: str) -> Problem:
    """A problem where a node stands."""
    return Problem(
        message, None if node.line is None else node.line + 1, None if node.column is None else node.column + 1
    )


def source_at(query: str, node: Node) -> str:
    """The query's text from a node on."""
    lines = query.split("\n")
    return "\n".join([lines[node.line][node.column :], *lines[node.line + 1 :]])


def text_of(query: str, literal: Node) -> str:
    """The value of a string, by what stands in the query."""
    source = source_at(query, literal)
    if source.startswith('"""') and (raw := _RAW.match(source)):
        return raw[1] + raw[2]
    quoted = _QUOTED.match(source)
    if not quoted:
        raise QueryError(problem(literal, "no string here"))
    return re.sub(r"\\(.)", lambda found: _ESCAPES[found[1]], quoted[1])


def span_of(literal: Node) -> timedelta:
    """The value of a span of time such as ``5 minutes``."""
    found = re.fullmatch(r"(\d+)\s*([a-z]+)", str(literal.value).lower())
    if not found or found[2] not in _UNITS:
        raise QueryError(problem(literal, f"not run here: {literal.value}"))
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
