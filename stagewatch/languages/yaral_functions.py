"""The functions of YARA-L that converted rules use; "Functions" of the Google SecOps documentation, a page for each.

String functions tell upper from lower case. ``re.regex`` finds its pattern anywhere. An address that cannot be read is
in no range, and neither is an absent one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.base import QueryError, Value
from stagewatch.languages.regexes import Dialect
from stagewatch.languages.yaral_udm import TEXT, TRUTH, Kind


@dataclass(frozen=True, slots=True)
class Function:
    """``least`` and ``most`` arguments, all text; ``literal`` is the argument that has to be a literal."""

    least: int
    most: int | None
    returns: Kind
    apply: Callable[..., Value]
    literal: int | None = None
    accepts: Callable[[str], bool] = lambda _: True


def _in_range(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def _is_range(text: str) -> bool:
    try:
        return "/" in text and bool(ip_network(text, strict=False))
    except ValueError:
        return False


def found(pattern: str, text: str, *, nocase: bool) -> bool:
    """Whether a regular expression is in a text.

    "re.regex": the syntax is RE2's, found anywhere, and in a value of several lines only the first is looked at
    unless the pattern begins with ``(?s)``.
    """
    if not _many_lines(pattern):
        text = text.partition("\n")[0]
    return regexes.search(Dialect.RE2, pattern, text, "i" if nocase else "")


def _many_lines(pattern: str) -> bool:
    flags, _, rest = pattern.removeprefix("(?").partition(")")
    return pattern.startswith("(?") and bool(rest) and flags.isalpha() and "s" in flags


def fault(pattern: str) -> str:
    """What RE2 has against a pattern, or ""."""
    try:
        regexes.check(Dialect.RE2, pattern)
    except QueryError as error:
        return str(error)
    return ""


def _coalesce(*texts: str) -> str:
    return next(filter(None, texts), "")


REGEX = "re.regex"

FUNCTIONS: Mapping[str, Function] = {
    REGEX: Function(2, 2, TRUTH, lambda text, pattern: found(pattern, text, nocase=False), literal=1),
    "net.ip_in_range_cidr": Function(2, 2, TRUTH, _in_range, literal=1, accepts=_is_range),
    "strings.coalesce": Function(2, None, TEXT, _coalesce),
    "strings.concat": Function(2, None, TEXT, lambda *texts: "".join(texts)),
    "strings.contains": Function(2, 2, TRUTH, lambda text, part: part in text),
    "strings.ends_with": Function(2, 2, TRUTH, lambda text, part: text.endswith(part)),
    "strings.reverse": Function(1, 1, TEXT, lambda text: text[::-1]),
    "strings.to_lower": Function(1, 1, TEXT, lambda text: text.lower()),
    "strings.to_upper": Function(1, 1, TEXT, lambda text: text.upper()),
}


def call(name: str, arguments: Sequence[Any], *, nocase: bool = False) -> Value:
    """The value of a call that was checked."""
    if name == REGEX:
        return found(arguments[1], arguments[0], nocase=nocase)
    return FUNCTIONS[name].apply(*arguments)
