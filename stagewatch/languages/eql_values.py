"""EQL's values: how two are compared, what functions and arithmetic make of them, by Elasticsearch's manual."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.base import QueryError
from stagewatch.languages.eql_syntax import Tree, problem
from stagewatch.languages.regexes import Dialect

# "Term query" and "Wildcard query", parameter case_insensitive, to which ":" and the "~" compile: ASCII letters only.
_FOLD = str.maketrans(ascii_uppercase, ascii_lowercase)

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.eq,  # then negated
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _divided(left: Any, right: Any) -> Any:
    """Section "Math operators": of whole numbers the quotient is rounded down."""
    whole = isinstance(left, int) and isinstance(right, int)
    return left // right if whole else left / right


# Sections "Math operators" and, in "EQL function reference", the functions of the same meaning.
MATH: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": operator.mod,
}
_MATH_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulo": "%"}


def _in_networks(address: str, *networks: str) -> bool:
    return any(ip_address(address) in ip_network(network, strict=False) for network in networks)


# "EQL function reference"; between, concat's and number's further forms are not run here.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: MATH[sign] for name, sign in _MATH_SIGNS.items()},
    "cidrMatch": _in_networks,
    "concat": lambda *texts: "".join(map(str, texts)),
    "endsWith": lambda text, end: text.endswith(end),
    "indexOf": lambda text, part, start=0: found if (found := text.find(part, start)) >= 0 else None,
    "length": len,
    "startsWith": lambda text, start: text.startswith(start),
    "string": str,
    "stringContains": lambda text, part: part in text,
    "substring": lambda text, start, end=None: text[start:end],
}


def folded(text: str) -> str:
    """Text as comparisons without case see it."""
    return text.translate(_FOLD)


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> re.Pattern[str]:
    """Section "Wildcards": ``*`` and ``?`` only; a backslash is a character like any other."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(character) or re.escape(character) for character in pattern), re.DOTALL)


def same_type(tree: Tree, left: Any, right: Any) -> tuple[Any, Any]:
    """Two values that can be compared; text next to a time is a time."""
    if isinstance(left, datetime) and isinstance(right, str):
        return left, _time(tree, right)
    if isinstance(right, datetime) and isinstance(left, str):
        return _time(tree, left), right
    kinds = {bool if isinstance(value, bool) else str if isinstance(value, str) else float for value in (left, right)}
    if len(kinds) > 1:
        raise QueryError(problem(tree, f"{left!r} and {right!r} are of different types"))
    return left, right


def _time(tree: Tree, text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(problem(tree, f"no time: {text!r}")) from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def address(tree: Tree, value: Any) -> str:
    """An address in its one spelling."""
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise QueryError(problem(tree, f"no address: {value!r}")) from error


def unchanged(text: str) -> str:
    """Text as comparisons with case see it."""
    return text


def changed(value: Any, change: Callable[[str], str]) -> Any:
    """A value, changed if it is text."""
    return change(value) if isinstance(value, str) else value


def like(patterns: list[str], sign: str) -> Callable[[str], bool]:
    """``like`` is with case, ``like~`` and ``:`` are without."""
    if sign == "like":
        return lambda text: any(wildcard(pattern).fullmatch(text) for pattern in patterns)
    folded_patterns = [wildcard(folded(pattern)) for pattern in patterns]
    return lambda text: any(pattern.fullmatch(folded(text)) for pattern in folded_patterns)


def regex(patterns: list[str], sign: str) -> Callable[[str], bool]:
    """Lucene's, on the whole value ("Regular expression syntax"); refused before any document is read."""
    flags = "i" if sign.endswith("~") else ""
    for pattern in patterns:
        regexes.check(Dialect.LUCENE, pattern, flags)
    return lambda text: any(regexes.whole(Dialect.LUCENE, pattern, text, flags) for pattern in patterns)
