"""Takes out of an event whose it was: names of hosts and accounts, SIDs, addresses, numbers of clouds' accounts, GUIDs.

What stands for them is what the pack's fixtures use, from ranges that are set aside for examples (RFC 5737, RFC 3849).
The same name becomes the same name everywhere in the event. A password on a command line is a word like another and is
left: whoever pastes the event must look.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from stagewatch.new.event import Event
from stagewatch.new.sources import HASHES

USER, DOMAIN = "jdoe", "CORP"
SID = "S-1-5-21-1004336348-1177238915-682003330-1108"
ACCOUNT = "111122223333"

WELL_KNOWN = frozenset(
    [
        "system",
        "nt authority",
        "nt-autorität",
        "local service",
        "network service",
        "localsystem",
        "anonymous logon",
        "dwm-1",
        "root",
        "public",
        "default",
        "default user",
        "all users",
        "administrator",
        "guest",
        "workgroup",
        "-",
        "nt service",
        "font driver host",
        "window manager",
        "shared",
        "iis apppool",
        "builtin",
        "daemon",
        "nobody",
        "corp",
        "jdoe",
        "localhost",
        "(null)",
        "unset",
    ]
)
"""Names that tell of no one, and those that stand for others already."""

_USER_FIELDS = re.compile(
    r"(?:^|\.)(?:User|ParentUser|SourceUser|TargetUser|\w*UserName|username|acct|principalEmail|userName|AccountName)$"
)
_DOMAIN_FIELDS = re.compile(r"\w*DomainName$")
_PROFILE = re.compile(r"(?:[\\/]Users|\\Documents and Settings|/home)[\\/]([^\\/\"'\s:*?<>|]+)", re.IGNORECASE)
_SID = re.compile(r"S-1-5-21(?:-\d+){4}")
_GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@(?!corp\.example)[\w-]+(?:\.[\w-]+)+")
_KEY = re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA|ANPA)[A-Z0-9]{12,}\b")
_V4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_V6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_NO_ADDRESS = frozenset({"FileVersion", "Product", "Description", "eventVersion", "userAgent", "SchemaVersion"})
_SERVICE_ACCOUNT = re.compile(r"\.gserviceaccount\.com$")


@dataclass(frozen=True, slots=True)
class Sanitised:
    """The event and what was replaced, in words."""

    event: Event
    told: tuple[str, ...]


def identities(event: Event) -> frozenset[str]:
    """Names of the host and of accounts in an event, in lower case: nothing that a rule may ask for."""
    return frozenset(name.lower() for name in {*_hosts(event), *_users(event), *_domains(event), USER, DOMAIN})


def sanitise(event: Event) -> Sanitised:
    """The event with other names, numbers and addresses in the place of those that tell whose it was."""
    names = _names(event)
    numbers = _numbers(event)
    walker = _Walker(names, numbers)
    document = walker.walk(event.document, "")
    told = [f"{kind} ({count})" for kind, count in sorted(walker.counts.items())]
    return Sanitised(Event(event.source, document), tuple(told))


def _hosts(event: Event) -> Iterator[str]:
    computer = event.computer
    for name in (computer, computer.partition(".")[0]):
        if len(name) > 2 and name.lower() not in WELL_KNOWN and computer != event.source.computer:
            yield name


def _users(event: Event) -> Iterator[str]:
    for path, text in _leaves(event.document, ""):
        if _USER_FIELDS.search(path) and not _SERVICE_ACCOUNT.search(text):
            name = text.rpartition("\\")[2].partition("@")[0]
            if _is_own(name):
                yield name.removesuffix("$")
        yield from (match[1] for match in _PROFILE.finditer(text) if _is_own(match[1]))


def _domains(event: Event) -> Iterator[str]:
    for path, text in _leaves(event.document, ""):
        if _USER_FIELDS.search(path) and "\\" in text and _is_own(domain := text.partition("\\")[0]):
            yield domain
        elif _DOMAIN_FIELDS.search(path) and _is_own(text):
            yield text
    for host in _hosts(event):
        domain = host.partition(".")[2]
        if len(domain) > 2 and not domain.endswith("corp.example"):
            yield domain


def _is_own(name: str) -> bool:
    return len(name) > 1 and name.lower() not in WELL_KNOWN and not name.isdigit() and len(name) < 100


def _names(event: Event) -> Mapping[str, tuple[str, str]]:
    """What is replaced as a whole word, in lower case -> what stands for it, and what it is called."""
    host = event.source.computer or "WS-FIN-07.corp.example"
    found: dict[str, tuple[str, str]] = {}
    for name in _hosts(event):
        found[name.lower()] = (host if "." in name else host.partition(".")[0], "host names")
    for name in _domains(event):
        found.setdefault(name.lower(), ("corp.example" if "." in name else DOMAIN, "domains"))
    for number, name in enumerate(dict.fromkeys(one.lower() for one in _users(event))):
        found.setdefault(name, (USER if number == 0 else f"user{number + 1}", "account names"))
    return found


def _numbers(event: Event) -> Mapping[str, str]:
    """Numbers of AWS' accounts, which stand in ARNs and fields of their own."""
    if event.source.product != "aws":
        return {}
    found = {number for _, text in _leaves(event.document, "") for number in re.findall(r"(?<!\d)\d{12}(?!\d)", text)}
    others = ("444455556666", "777788889999", "123456789012")
    own = dict(_leaves(event.document, "")).get("recipientAccountId")
    rest = sorted(found - {own})
    return {**{one: others[place % 3] for place, one in enumerate(rest)}, **({own: ACCOUNT} if own else {})}


class _Walker:
    """Replaces in every text of a document, and counts what."""

    def __init__(self, names: Mapping[str, tuple[str, str]], numbers: Mapping[str, str]) -> None:
        self.names = names
        self.numbers = numbers
        self.counts: dict[str, int] = {}
        self.addresses: dict[str, str] = {}
        ordered = sorted(names, key=lambda name: (-len(name), name))
        pattern = "|".join(map(re.escape, ordered))
        self.pattern = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE) if ordered else None

    def walk(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {name: self.walk(one, f"{path}.{name}") for name, one in value.items()}
        if isinstance(value, list):
            return [self.walk(one, path) for one in value]
        return self._text(value, path.rpartition(".")[2]) if isinstance(value, str) else value

    def _text(self, text: str, name: str) -> str:
        if name in ("Hashes", "Hash") and text not in ("", "-", HASHES):
            self._count("hashes")
            return HASHES
        if name in ("Channel", "Keywords", "eventSource", "SystemTime"):
            return text
        text = self._each(_SID, "SIDs", lambda _: SID, text)
        text = self._each(_GUID, "GUIDs", _guid, text)
        text = self._each(_EMAIL, "mail addresses", self._mail, text)
        text = self._each(_KEY, "keys", lambda key: f"{key[:4]}EXAMPLEJDOE", text)
        if self.numbers:
            text = self._each(re.compile("|".join(self.numbers)), "account numbers", self.numbers.__getitem__, text)
        if self.pattern is not None:
            text = self.pattern.sub(self._name, text)
        if name not in _NO_ADDRESS:
            text = self._each(_V4, "addresses", self._address, text)
            text = self._each(_V6, "addresses", self._address, text)
        return text

    def _each(self, pattern: re.Pattern[str], kind: str, replaced: Any, text: str) -> str:
        def one(match: re.Match[str]) -> str:
            fresh = str(replaced(match[0]))
            if fresh != match[0]:
                self._count(kind)
            return fresh

        return pattern.sub(one, text)

    def _name(self, match: re.Match[str]) -> str:
        fresh, kind = self.names[match[0].lower()]
        if fresh != match[0]:
            self._count(kind)
        return fresh

    def _mail(self, text: str) -> str:
        return text if _SERVICE_ACCOUNT.search(text) else f"{USER}@corp.example"

    def _address(self, text: str) -> str:
        try:
            address = ip_address(text)
        except ValueError:
            return text
        if address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast:
            return text
        if text not in self.addresses:
            number = len(self.addresses)
            first = (
                "2001:db8::" if isinstance(address, IPv6Address) else "10.1.2." if address.is_private else "198.51.100."
            )
            self.addresses[text] = f"{first}{number + 3}"
        return self.addresses[text]

    def _count(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1


def _guid(text: str) -> str:
    """A GUID of the same form; one that was put in the place of another stays as it is."""
    fresh = str(uuid.uuid5(uuid.NAMESPACE_OID, text.lower()))
    return fresh.upper() if text.isupper() or text.upper() == text else fresh


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, path)
    elif isinstance(value, str):
        yield path, value
