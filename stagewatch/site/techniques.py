"""What the repository tells of a technique beyond its rules: ``docs/techniques/*.yml`` as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from stagewatch.findings import StagewatchError
from stagewatch.objects.attack import Technique, techniques

T = TypeVar("T")

KINDS: Mapping[str, str] = MappingProxyType({"G": "groups", "C": "campaigns", "S": "software"})
"""First letter of a number of ATT&CK -> where its page stands there."""


@dataclass(frozen=True, slots=True)
class Known:
    """A group, campaign or software of ATT&CK and what it does, in our own words."""

    id: str
    name: str
    does: str

    @property
    def url(self) -> str:
        return f"https://attack.mitre.org/{KINDS[self.id[0]]}/{self.id}/"


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which a technique is used, who is known for it, and the behaviours of ``coverage.yml`` that answer."""

    name: str
    how: str
    behaviours: tuple[int, ...]
    known: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Benign:
    """Who does the same without harm, the filter of the pack for it (its file's stem, or nothing), what else helps."""

    who: str
    does: str
    filter: str
    instead: str


@dataclass(frozen=True, slots=True)
class PublicTest:
    """A public test by its name in ``coverage.yml``. Commands are empty for tests that their own project runs."""

    name: str
    prepare: str
    run: str
    clean: str
    shell: str
    also: str


@dataclass(frozen=True, slots=True)
class TechniqueText:
    """All of one file. ``what`` is Markdown; ``analytics`` are those of the detection strategy, to their platforms."""

    technique: Technique
    lead: str
    what: str
    platforms: tuple[str, ...]
    strategy: str
    analytics: Mapping[str, str]
    ways: tuple[Way, ...]
    benign: tuple[Benign, ...]
    tuning: tuple[str, ...]
    tests: tuple[PublicTest, ...]
    respond: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where its page stands."""
        return f"techniques/{self.technique.id}.html"


def read_technique(name: str, data: Mapping[str, Any]) -> TechniqueText:
    """The text of a technique. Raises :class:`StagewatchError`, naming the file, where it is not as it must be."""
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise StagewatchError(f"docs/techniques/{name} is no text of a technique: {reason}") from error


def _read(data: Mapping[str, Any]) -> TechniqueText:
    identifier = str(data["id"])
    known = techniques()
    if identifier not in known:
        raise ValueError(f"no technique {identifier} is known")
    strategy = data.get("strategy", {})
    return TechniqueText(
        technique=known[identifier],
        lead=str(data["lead"]),
        what=str(data["what"]),
        platforms=_words(data["platforms"]),
        strategy=str(strategy.get("id", "")),
        analytics=MappingProxyType({str(one): str(where) for one, where in strategy.get("analytics", {}).items()}),
        ways=_each(data.get("ways", ()), _way),
        benign=_each(data.get("benign", ()), _benign),
        tuning=_words(data.get("tuning", ())),
        tests=_each(data.get("tests", ()), _test),
        respond=_words(data.get("respond", ())),
        references=_words(data.get("references", ())),
    )


def _each(listed: Sequence[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    return tuple(read(one) for one in listed)


def _words(listed: Any) -> tuple[str, ...]:
    if isinstance(listed, str):
        raise TypeError(f"a list is wanted where {listed!r} stands")
    return tuple(map(str, listed))


def _way(data: Mapping[str, Any]) -> Way:
    return Way(
        str(data["name"]),
        str(data["how"]),
        tuple(int(one) for one in data.get("behaviours", ())),
        _each(data.get("known", ()), _known),
    )


def _known(data: Mapping[str, Any]) -> Known:
    found = Known(str(data["id"]), str(data["name"]), str(data["does"]))
    if found.id[:1] not in KINDS or not found.id[1:].isdigit():
        raise ValueError(f"{found.id!r} is no number of a group, campaign or software")
    return found


def _benign(data: Mapping[str, Any]) -> Benign:
    return Benign(str(data["who"]), str(data["does"]), str(data.get("filter", "")), str(data["instead"]))


def _test(data: Mapping[str, Any]) -> PublicTest:
    return PublicTest(
        name=str(data["name"]),
        prepare=str(data.get("prepare", "")).strip(),
        run=str(data.get("run", "")).strip(),
        clean=str(data.get("clean", "")).strip(),
        shell=str(data.get("shell", "bat")),
        also=str(data.get("also", "")),
    )
