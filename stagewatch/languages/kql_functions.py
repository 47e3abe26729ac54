"""What ``duckdb-kql`` lacks: functions, each as Microsoft's documentation has it.

Pages are those of ``MicrosoftDocs/dataexplorer-docs``, folder ``data-explorer/kusto/query``.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from stagewatch.languages.regexes import Dialect, search

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

FUNCTIONS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    # regex.md: the syntax is that of Rust's crate, so its engine takes the place of DuckDB's RE2
    "kusto_regex": ("stagewatch_regex({0}, {1})", (2,)),
    # includes/in-operator-comparison.md: operators that ignore case do so for ASCII text only
    "kusto_ascii_lower": (f"translate({{0}}, '{_ALPHABET}', '{_ALPHABET.lower()}')", (1,)),
    # says of a column that it holds text: duckdb-kql asks at run time otherwise, for each condition
    "kusto_string": ("{0}", (1,)),
    "ipv4_is_in_range": ("stagewatch_ipv4(CAST(json_array({0}, {1}) AS VARCHAR))", (2,)),
    "ipv6_is_in_range": ("stagewatch_ipv6(CAST(json_array({0}, {1}) AS VARCHAR))", (2,)),
    "ipv4_is_in_any_range": ("stagewatch_ipv4(CAST(json_array({}) AS VARCHAR))", ()),
    "ipv6_is_in_any_range": ("stagewatch_ipv6(CAST(json_array({}) AS VARCHAR))", ()),
}
"""Function -> what it is in SQL, and how many arguments it takes: any number where none is said."""


@cache
def duckdb_kql() -> Any:
    """The package, its table of functions extended by ours."""
    table = import_module("duckdb_kql.translate.functions")
    for name, (sql, arities) in FUNCTIONS.items():
        table.SCALAR_FUNCTIONS.setdefault(name, table.FunctionSpec(name, "udf", sql, arities))
    return import_module("duckdb_kql")


def define(database: Any) -> None:
    """Make what :data:`FUNCTIONS` calls known to a database."""
    database.create_function("stagewatch_regex", _regex, ["VARCHAR", "VARCHAR"], "BOOLEAN")
    for name, version in (("stagewatch_ipv4", 4), ("stagewatch_ipv6", 6)):
        database.create_function(name, _in_range(version), ["VARCHAR"], "BOOLEAN", null_handling="special")


def _regex(text: str, pattern: str) -> bool:
    """``matches-regex-operator.md``: found anywhere, case-sensitively."""
    return search(Dialect.RUST, pattern, text)


def _in_range(version: int) -> Callable[[str], bool | None]:
    """``ipv4-is-in-range-function.md``, ``ipv4-is-in-any-range-function.md`` and their kin for version 6.

    Null where the address or a range is none of this version. That a version 4 address is none for the functions of
    version 6 is our reading; it makes a query fail that forgets the null.
    """
    address_of = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    network_of = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network

    def found(arguments: str) -> bool | None:
        text, *ranges = json.loads(arguments)
        try:
            address = address_of(text)
            inside = [address in network_of(one, strict=False) for part in ranges for one in _listed(part)]
            return any(inside)
        except ValueError:
            return None

    return found


def _listed(ranges: str | list[str]) -> list[str]:
    """The ranges of an argument: one, or those of a dynamic array."""
    return ranges if isinstance(ranges, list) else [ranges]
