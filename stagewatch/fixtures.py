"""Fixtures: the events of a rule and what must match, in the layout of SigmaHQ's regression tests.

An ``info.yml`` names the rule by its id and, for each test, a file of events that lies beside it. Seven keys are ours:
``labels`` says what each event is about, in order, where the events themselves have no ``RuleName`` to say it;
``groups`` lists, for a correlation, the groups that must be found, each by words that stand in its row;
``also_found`` lists, by target, groups that are reported in excess there, as the query's warnings say;
``not_found`` lists, by target, those of the groups that are not reported there, as the target's page says;
``rows`` gives, by target, the number of a correlation's rows, where the target's page says what a row stands for;
``not_seen`` lists, by target, events (by their label) that a degraded rule no longer sees there;
``matches`` lists the events that match where it is not all or none of a file.

A fixture is found by the rule's id, never by a path from a rule's text, and its files by their names alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from stagewatch.findings import Finding
from stagewatch.targets import TARGETS
from stagewatch.telemetry.native import Native, read_natives
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

INFO = "info.yml"

T = TypeVar("T")

Groups = tuple[tuple[str, ...], ...]
"""Groups of a correlation, each by words that stand in its row."""


@dataclass(frozen=True, slots=True)
class Case:
    """One file of events and what is expected of it.

    ``matching`` are the positions of the events that must match, None where only their number ``match_count`` is known,
    and that None where it is only known that there is one (SigmaHQ leaves the number out).
    ``not_seen`` are, by target, the positions of those that a target cannot see. ``rows`` counts rows, by target.
    """

    name: str
    events: tuple[Native, ...]
    labels: tuple[str, ...]
    match_count: int | None
    matching: frozenset[int] | None
    not_seen: Mapping[str, frozenset[int]]
    groups: Groups = ()
    also_found: Mapping[str, Groups] = field(default_factory=dict)
    not_found: Mapping[str, Groups] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    def groups_on(self, target: str) -> Groups:
        """The groups that a target must report."""
        missing = self.not_found.get(target, ())
        return (*(group for group in self.groups if group not in missing), *self.also_found.get(target, ()))


@dataclass(frozen=True, slots=True)
class Fixture:
    """All cases of one rule. ``path`` is that of its ``info.yml``; ``sha256`` covers every file."""

    path: str
    cases: tuple[Case, ...]
    sha256: str


def read_fixtures(root: Path, findings: list[Finding]) -> dict[str, Fixture]:
    """Every fixture below a folder, by the id of its rule; what cannot be read becomes a finding."""
    fixtures: dict[str, Fixture] = {}
    for info in sorted(root.rglob(INFO)):
        shown = f"{root.name}/{info.relative_to(root).as_posix()}"
        try:
            for identifier, fixture in _read(info, shown):
                if identifier in fixtures:
                    raise ValueError(f"the rule {identifier} has a fixture already: {fixtures[identifier].path}")
                fixtures[identifier] = fixture
        except YamlError as error:
            findings.append(Finding(shown, error.line, None, str(error)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            findings.append(Finding(shown, None, None, f"not a fixture: {reason}"))
    return fixtures


def _read(info: Path, shown: str) -> list[tuple[str, Fixture]]:
    raw = read_raw(info)
    digest = hashlib.sha256(raw)
    found: list[tuple[str, Fixture]] = []
    for _, document in load_documents(decoded(raw)):
        cases = tuple(_case(info.parent, test, digest) for test in document["regression_tests_info"])
        fixture = Fixture(shown, cases, digest.hexdigest())
        found += [(str(rule["id"]), fixture) for rule in document["rule_metadata"]]
    return found


def _case(folder: Path, test: Mapping[str, Any], digest: Any) -> Case:
    name = PurePosixPath(str(test["path"])).name
    raw = read_raw((folder / name).with_suffix(".json"))  # beside an .evtx lies its content as JSON
    digest.update(raw)
    events = tuple(read_natives(decoded(raw)))
    labels = tuple(map(str, test["labels"])) if "labels" in test else tuple(map(label, events))
    if len(labels) != len(events):
        raise ValueError(f"{test['name']!r} has {len(labels)} labels for {len(events)} events")
    groups = _groups(test.get("groups", ()))
    also_found = _by_target(test, "also_found", _groups)
    not_found = _by_target(test, "not_found", _groups)
    unknown = [group for listed in not_found.values() for group in listed if group not in groups]
    if unknown:
        raise ValueError(f"not_found names {', '.join(unknown[0])}, which is none of the groups")
    count = None if "match_count" not in test else int(test["match_count"])
    matching: frozenset[int] | None = None
    if "matches" in test:
        matching = _positions(labels, test["matches"])
    elif count in (0, len(events)) or (count is None and len(events) == 1):
        matching = frozenset(range(len(events)) if count != 0 else ())
    return Case(
        name=str(test["name"]),
        events=events,
        labels=labels,
        match_count=count,
        matching=matching,
        not_seen=_by_target(test, "not_seen", lambda listed: _positions(labels, listed)),
        groups=groups,
        also_found=also_found,
        not_found=not_found,
        rows=_by_target(test, "rows", int),
    )


def _by_target(test: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> dict[str, T]:
    """What a key says of each target. Raises :class:`ValueError` for a name that is no target: nothing would try it."""
    listed: Mapping[str, Any] = test.get(key, {})
    unknown = [target for target in listed if target not in TARGETS]
    if unknown:
        raise ValueError(f"{key} names {unknown[0]!r}, which is no target")
    return {target: read(value) for target, value in listed.items()}


def _groups(listed: Iterable[Iterable[object]]) -> Groups:
    return tuple(tuple(map(str, group)) for group in listed)


def _positions(labels: tuple[str, ...], listed: list[str]) -> frozenset[int]:
    known = {text: position for position, text in enumerate(labels)}
    unknown = [text for text in listed if text not in known]
    if unknown:
        raise ValueError(f"no event is called {unknown[0]!r}")
    return frozenset(known[text] for text in listed)


def label(event: Native) -> str:
    """What an event is about: its ``RuleName``, which Sysmon leaves to its configuration, else its record id."""
    return event.data.get("RuleName") or f"record {event.record_id}"
