"""Values of fields while a Splunk search runs, and what search compares them with.

A field holds text, or a number that a command computed. A field that an event lacks is null and stands in no row.
Numbers are exact: times of events differ by microseconds, and a comparison at the edge of a window must not depend on
how a double rounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from stagewatch.languages.spl_tree import And, Compare, Macro, Not, Or, Search

Scalar = str | Fraction


class Unknown(Enum):
    """A value that a check does not know."""

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One result; ``position`` is that of the event it comes from, and None once events were summed up."""

    position: int | None
    values: Mapping[str, Scalar]


NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def number(value: Scalar | None) -> Fraction | None:
    """A value as a number, where it is one or is text that looks like one."""
    if value is None or isinstance(value, Fraction):
        return value
    return Fraction(value) if NUMBER.fullmatch(value) else None


def text(value: Scalar) -> str:
    """A value as text."""
    if isinstance(value, str):
        return value
    return str(value.numerator) if value.denominator == 1 else str(float(value))


def holds(expression: Search, get: Callable[[str], Scalar | Unknown | None]) -> bool | None:
    """Whether an event satisfies a search; None where that hangs on a value that is not known.

    Search Manual, "Difference between NOT and !=": ``NOT f=x`` holds for an event without f, ``f!=x`` does not.
    """
    match expression:
        case And(terms):
            found = [holds(term, get) for term in terms]
            return False if False in found else None if None in found else True
        case Or(terms):
            found = [holds(term, get) for term in terms]
            return True if True in found else None if None in found else False
        case Not(term):
            inner = holds(term, get)
            return None if inner is None else not inner
        case Macro(name):
            raise AssertionError(f"the macro {name} was not expanded")
    value = get(expression.field)
    if isinstance(value, Unknown):
        return None
    if value is None:
        return False
    if isinstance(expression, Compare):
        return _compare(expression.operator, value, expression.value)
    return any(matcher(wanted)(text(value)) for wanted in expression.values)


def _compare(operator: str, value: Scalar, wanted: str) -> bool:
    if operator == "=":
        return matcher(wanted)(text(value))
    if operator == "!=":
        return not matcher(wanted)(text(value))
    left, right = number(value), number(wanted)
    # Search Reference, "search": <, > and their like compare numbers; text that is none satisfies none of them here
    return left is not None and right is not None and RELATIONS[operator](left, right)


RELATIONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@lru_cache(maxsize=4096)
def matcher(wanted: str) -> Callable[[str], bool]:
    """What a value of search matches.

    Search Reference, "search": upper and lower case are the same, and a subnet in CIDR notation matches the addresses
    in it. Search Manual, "Wildcards": an asterisk is any run of characters. ``field=*`` asks for a value; whether an
    empty one is a value is not said, so here it is not.
    """
    if is_network(wanted):
        network = ip_network(wanted, strict=False)
        return lambda value: (address := _address(value)) is not None and address in network
    if wanted and not wanted.strip("*"):
        return bool
    first, *rest = wanted.lower().split("*")
    if not rest:
        return lambda value: value.lower() == first
    *middle, last = rest

    def matches(value: str) -> bool:
        folded = value.lower()
        if not (folded.startswith(first) and folded.endswith(last)):
            return False
        at, end = len(first), len(folded) - len(last)
        for part in middle:
            at = folded.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return at <= end

    return matches


def is_network(wanted: str) -> bool:
    """Whether a value is written as a subnet."""
    try:
        ip_network(wanted, strict=False)
    except ValueError:
        return False
    return "/" in wanted


def _address(value: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(value)
    except ValueError:
        return None
