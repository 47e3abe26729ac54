r"""Networks as regular expressions on an address's text.

DuckDB's type for addresses is in the extension ``inet``, which has to be downloaded, and its cast refuses a text that
is no address. An IPv4 address has one spelling. An IPv6 address has many (RFC 4291, 2.2): capital letters, leading
zeros, ``::`` for any run of zero groups, and an IPv4 address in dots in place of the last two groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import groupby

_ANY_BYTE = r"(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])"
_ANY_GROUP = "[0-9a-f]{1,4}"
_SCOPE = "(?:%.*)?"
"""``%eth0`` behind an address names a link and not an address (RFC 4007, 11)."""

_WITH_IPV4 = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96")))
"""Where addresses are written with an IPv4 address at their end (RFC 4291, 2.5.5; RFC 6052, 2.4)."""


def in_networks(subject: str, networks: Sequence[str]) -> str:
    """The text ``subject`` is an address in one of the networks; false for a text that is no address."""
    ipv4, ipv6 = patterns(networks)
    said = [f"regexp_full_match({subject}, '{ipv4}')"] if ipv4 is not None else []
    said += [f"regexp_full_match(lower({subject}), '{ipv6}')"] if ipv6 is not None else []
    return said[0] if len(said) == 1 else f"({' OR '.join(said)})"


def patterns(networks: Sequence[str]) -> tuple[str | None, str | None]:
    """What matches the whole text of an IPv4 address in one of the networks, and of an IPv6 address in lower case; None
    where no network is of that kind."""
    given = [ip_network(network) for network in networks]
    ipv4 = [_ipv4(network) for network in given if isinstance(network, IPv4Network)]
    ipv6 = [form for network in given if isinstance(network, IPv6Network) for form in _ipv6(network)]
    return "|".join(ipv4) or None, f"(?:{'|'.join(ipv6)}){_SCOPE}" if ipv6 else None


def _ipv4(network: IPv4Network) -> str:
    pairs = zip(network.network_address.packed, network.broadcast_address.packed, strict=True)
    return r"\.".join(_byte(low, high) for low, high in pairs)


def _byte(low: int, high: int) -> str:
    """A number from ``low`` to ``high``, a prefix's range in one byte."""
    if (low, high) == (0, 255):
        return _ANY_BYTE
    if low == high:
        return str(low)
    numbers = range(low, high + 1)
    tens = dict.fromkeys(str(number)[:-1] for number in numbers)
    parts = (_last_digits(ten, [str(number)[-1] for number in numbers if str(number)[:-1] == ten]) for ten in tens)
    return f"(?:{'|'.join(parts)})"


def _last_digits(ten: str, digits: list[str]) -> str:
    return ten + (digits[0] if len(digits) == 1 else r"\d" if len(digits) == 10 else f"[{digits[0]}-{digits[-1]}]")


@dataclass(frozen=True, slots=True)
class _Unit:
    """Sixteen bits of an address, or its last 32 as an IPv4 address, and whether zeros may stand there."""

    pattern: str
    may_be_zero: bool


def _ipv6(network: IPv6Network) -> Iterator[str]:
    low, high = network.network_address.packed, network.broadcast_address.packed
    ends = [(int.from_bytes(low[at : at + 2]), int.from_bytes(high[at : at + 2])) for at in range(0, 16, 2)]
    units = [_Unit(_group(first, last), first == 0) for first, last in ends]
    yield from _spellings(units)
    if any(network.overlaps(other) for other in _WITH_IPV4):
        dotted = r"\.".join(_byte(*pair) for pair in zip(low[12:], high[12:], strict=True))
        yield from _spellings([*units[:6], _Unit(dotted, may_be_zero=False)])


def _group(low: int, high: int) -> str:
    """A group from ``low`` to ``high``, a prefix's range, with all leading zeros, some or none."""
    if (low, high) == (0, 0xFFFF):
        return _ANY_GROUP
    if high == 0:
        return "0{1,4}"
    widths = (width for width in (4, 3, 2, 1) if low < 16**width)
    forms = [_hexadecimal(low, min(high, 16**width - 1), width) for width in widths]
    return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"


def _hexadecimal(low: int, high: int, width: int) -> str:
    """Numbers of so many digits: each digit is one, any, or, in one place, of a range."""
    first, last = f"{low:0{width}x}", f"{high:0{width}x}"
    return "".join(map(_digit, first, last)).replace("[0-9a-f]" * 3, "[0-9a-f]{3}")


def _digit(low: str, high: str) -> str:
    if low == high:
        return low
    digits = "0123456789abcdef"
    inside = digits[digits.index(low) : digits.index(high) + 1]
    return "[0-9a-f]" if inside == digits else f"[{inside}]"


def _spellings(units: Sequence[_Unit]) -> Iterator[str]:
    """All groups in full, then ``::`` for one zero group or more after each number of groups."""
    yield _joined(units)
    for left in range(len(units)):
        right = next((at for at in range(left, len(units)) if not units[at].may_be_zero), len(units))
        if right > left:
            yield _compressed(units, left, right)


def _compressed(units: Sequence[_Unit], left: int, right: int) -> str:
    """``left`` groups, ``::``, the groups from ``right`` on; between them more groups, as long as one is left out."""
    more = [unit.pattern for unit in units[left + 1 : right]]
    tail = _joined(units[right:])
    if not tail and more:  # nothing follows the last group, not even a colon
        tail = f"(?:{_some(more[:-1])}{more[-1]})?"
        more = []
    return f"{_joined(units[:left])}::{_some(more)}{tail}"


def _some(patterns: Sequence[str]) -> str:
    """The last of the groups, as many as there are, each with a colon."""
    if len(patterns) > 1 and len(set(patterns)) == 1:
        return f"(?:{patterns[0]}:){{0,{len(patterns)}}}"
    return f"(?:{_some(patterns[:-1])}{patterns[-1]}:)?" if patterns else ""


def _joined(units: Sequence[_Unit]) -> str:
    """The groups with colons between them."""
    *before, last = [unit.pattern for unit in units] or [""]
    runs = ((pattern, len(list(run))) for pattern, run in groupby(before))
    return "".join(f"{pattern}:" if count == 1 else f"(?:{pattern}:){{{count}}}" for pattern, count in runs) + last
