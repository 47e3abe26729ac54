"""Which rules of two packs are the same rule, and what is said of them differently. Nothing is run here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline

from stagewatch.diff.model import Field, ListChange
from stagewatch.diff.terms import terms
from stagewatch.findings import StagewatchError
from stagewatch.lists.model import Lists
from stagewatch.meaning import asks
from stagewatch.pack import PackRule, Sigma
from stagewatch.translation import Translator

TEXTS = ("title", "name", "description", "level", "status", "author", "license")
LISTS = ("tags", "falsepositives", "references", "fields")
"""What is said of a rule and matters to a reviewer; dates do not."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule on both sides, or on one."""

    before: PackRule | None
    now: PackRule | None

    @property
    def either(self) -> PackRule:
        """The rule as it is now, or as it was."""
        entry = self.now or self.before
        assert entry is not None  # noqa: S101 - a pair of nothing is not made
        return entry

    @property
    def same_text(self) -> bool:
        """Whether the files say the same letter by letter, in the same place."""
        if self.before is None or self.now is None:
            return False
        return self.before.source == self.now.source


class Meanings:
    """What rules ask, as fingerprints, each taken once. The level does not count."""

    def __init__(self) -> None:
        self._translator = Translator(ProcessingPipeline())
        self._known: dict[int, tuple[Sigma, str]] = {}

    def of(self, entry: PackRule) -> str:
        """The fingerprint of a rule."""
        known = self._known.get(id(entry.rule))
        if known is None:
            known = self._known[id(entry.rule)] = (entry.rule, self._asked(entry))
        return known[1]

    def differ(self, pair: Pair) -> bool:
        """Whether a rule that is on both sides asks something else."""
        return pair.before is not None and pair.now is not None and self.of(pair.before) != self.of(pair.now)

    def _asked(self, entry: PackRule) -> str:
        try:
            said: Any = asks(entry.rule, self._translator)
        except StagewatchError:  # no platform can ask it; then its terms are all there is
            said = sorted(terms(entry.rule))
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def pairs(before: Sequence[PackRule], now: Sequence[PackRule], meanings: Meanings) -> list[Pair]:
    """Pair the rules of both sides: by id, else by file name, else by what they ask. Sorted by their file names."""
    found: list[Pair] = []
    old, new = list(before), list(now)
    for key in (_identifier, _stem, meanings.of):
        known: dict[str, PackRule] = {}
        for entry in old:
            if mark := key(entry):
                known.setdefault(mark, entry)
        for entry in list(new):
            match = known.pop(key(entry) or "", None)
            if match is not None:
                found.append(Pair(match, entry))
                old.remove(match)
                new.remove(entry)
    found += [Pair(entry, None) for entry in old]
    found += [Pair(None, entry) for entry in new]
    return sorted(found, key=lambda pair: (pair.either.source.path, pair.either.source.line))


def changed_fields(pair: Pair) -> tuple[Field, ...]:
    """What is said of a rule that is on both sides and changed. White space and order say nothing."""
    if pair.before is None or pair.now is None:
        return ()
    return tuple(_fields(pair.before, pair.now))


def _fields(before: PackRule, now: PackRule) -> Iterator[Field]:
    for name in TEXTS:
        old, new = (_text(getattr(one.rule, name, None)) for one in (before, now))
        if old != new:
            yield Field(name, old, new)
    if _identifier(before) != _identifier(now):
        yield Field("id", _identifier(before) or "", _identifier(now) or "")
    for name in LISTS:
        was, has = (_list(getattr(one.rule, name, None)) for one in (before, now))
        gone = tuple(one for one in was if one not in has)
        fresh = tuple(one for one in has if one not in was)
        if gone or fresh:
            yield Field(name, gone=gone, new=fresh)


def techniques(entries: Iterable[PackRule]) -> frozenset[str]:
    """The ATT&CK techniques that rules are tagged with."""
    return frozenset(
        str(tag) for entry in entries for tag in entry.rule.tags if tag.namespace == "attack" and tag.name[:2] in _T
    )


_T = frozenset(f"t{digit}" for digit in range(10))


def changed_lists(before: Lists, now: Lists) -> tuple[ListChange, ...]:
    """Named lists whose values changed, in any of their forms; new and removed ones that no rule had show nothing."""
    return tuple(
        change
        for name in sorted(before.named.keys() & now.named.keys())
        for change in [_list_change(name, _values(before, name), _values(now, name))]
        if change.new or change.gone
    )


def _list_change(name: str, old: Mapping[str, None], new: Mapping[str, None]) -> ListChange:
    return ListChange(name, tuple(one for one in new if one not in old), tuple(one for one in old if one not in new))


def _values(lists: Lists, name: str) -> dict[str, None]:
    return dict.fromkeys(value for form in lists.named[name].forms for value in form.values)


def is_correlation(entry: PackRule) -> bool:
    """Whether a rule joins the hits of others."""
    return isinstance(entry.rule, SigmaCorrelationRule)


def level(entry: PackRule) -> str:
    """The level of a rule, empty where it has none."""
    return _text(entry.rule.level)


def _identifier(entry: PackRule) -> str | None:
    return None if entry.rule.id is None else str(entry.rule.id)


def _stem(entry: PackRule) -> str:
    return entry.source.stem


def _text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(str(getattr(value, "name", value).lower() if hasattr(value, "name") else value).split())


def _list(value: Any) -> list[str]:
    return [" ".join(str(one).split()) for one in value or ()]
