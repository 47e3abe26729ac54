"""Checks of a rule's tags of ATT&CK, and of its level against its tags.

``objects/attack.json`` knows the techniques of the pack; of others only the form of the tag is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch.check.model import Check, Checked, Code, Remark, Subject
from stagewatch.objects.attack import Technique, techniques
from stagewatch.pack import PackRule

CODES = (
    Code(
        "SW031",
        "A rule has no technique of ATT&CK",
        "warning",
        "It counts nowhere: not in a platform's matrix, not in coverage.",
        "Tag the technique that the rule finds, as attack.t1074.001, and its tactic.",
    ),
    Code(
        "SW032",
        "A technique stands without any of its tactics",
        "warning",
        "Platforms file an alert by its tactic; one that is not tagged is guessed from the technique, which may serve "
        "several.",
        "Tag the tactics that the technique serves here.",
    ),
    Code(
        "SW033",
        "A tactic is tagged that none of the techniques serves",
        "warning",
        "Either the tactic is wrong or the technique that it belongs to is missing.",
        "Take the tactic away or tag the technique.",
    ),
    Code(
        "SW034",
        "A tag of ATT&CK names nothing that ATT&CK has",
        "warning",
        "A tactic that does not exist, or a number of another form: platforms leave it away or refuse the rule.",
        "Write a tactic as attack.lateral-movement, a technique as attack.t1074.001, a group as attack.g0016, software "
        "as attack.s0002.",
    ),
    Code(
        "SW035",
        "The level says otherwise than the tags",
        "warning",
        "A rule for threat hunting raises no alarm, and one for an emerging threat does: a level that says otherwise "
        "wakes somebody for nothing, or nobody.",
        "Lower or raise the level, or take the tag away.",
    ),
)

TACTICS = frozenset(
    {
        "reconnaissance", "resource-development", "initial-access", "execution", "persistence",
        "privilege-escalation", "defense-evasion", "stealth", "defense-impairment", "credential-access",
        "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
    }
)  # fmt: skip
"""Those of the enterprise matrix: ATT&CK v19 has stealth and defense-impairment in the place of defense-evasion."""

_NUMBER = re.compile(r"(?:t\d{4}(?:\.\d{3})?|g\d{4}|s\d{4}|c\d{4}|m\d{4}|ds\d{4}|dc\d{4}|det\d{4}|an\d{4}|ta\d{4})")
_TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?")

CONTRADICTIONS = {
    "detection.threat-hunting": ("high", "critical"),
    "detection.emerging-threats": ("informational",),
}
"""Tag -> the levels that do not go with it."""


def tags(checked: Checked) -> Iterator[Remark]:
    """Tags of ATT&CK, one rule after the other."""
    for subject in checked.subjects:
        if isinstance(subject.entry, PackRule):
            yield from _of_rule(subject)


def _of_rule(subject: Subject) -> Iterator[Remark]:
    named = _names(subject)
    numbers = {name: index for name, index in named.items() if _TECHNIQUE.fullmatch(name)}
    tactics = {name: index for name, index in named.items() if name in TACTICS}
    if not numbers:
        yield _remark(subject, "SW031", "the rule is tagged with no technique of ATT&CK")
    for name, index in named.items():
        if name not in tactics and not _NUMBER.fullmatch(name):
            yield _remark(subject, "SW034", f"attack.{name} is neither a tactic nor a number of ATT&CK", index)
    known = {name: technique for name in numbers if (technique := techniques().get(name.upper())) is not None}
    for name, technique in known.items():
        serves = _serves(technique)
        if not serves & tactics.keys():
            told = " or ".join(f"attack.{tactic}" for tactic in sorted(serves))
            yield _remark(subject, "SW032", f"attack.{name} stands without {told}", numbers[name])
    if known and known.keys() == numbers.keys():
        served = frozenset().union(*map(_serves, known.values()))
        for tactic, index in tactics.items():
            if tactic not in served:
                yield _remark(subject, "SW033", f"none of the techniques serves attack.{tactic}", index)


def _names(subject: Subject) -> dict[str, int]:
    """What stands behind ``attack.`` -> its first place among the tags."""
    found: dict[str, int] = {}
    tagged = subject.document.get("tags")
    for index, tag in enumerate(tagged if isinstance(tagged, list) else ()):
        if str(tag).startswith("attack."):
            found.setdefault(str(tag).removeprefix("attack."), index)
    return found


def _serves(technique: Technique) -> frozenset[str]:
    """The tactics of a technique; under its earlier name as well the one that ATT&CK v19 has split."""
    found = {tactic.tag for tactic in technique.tactics}
    return frozenset(found | ({"defense-evasion"} if found & {"stealth", "defense-impairment"} else set()))


def levels(checked: Checked) -> Iterator[Remark]:
    """Levels that a tag contradicts."""
    for subject in checked.subjects:
        tagged = subject.document.get("tags")
        level = str(subject.document.get("level")).lower()
        for tag in tagged if isinstance(tagged, list) else ():
            if level in CONTRADICTIONS.get(str(tag), ()):
                place = subject.places("level")
                message = f"the level {level} does not go with the tag {tag}"
                yield Remark("SW035", place, message, rule=subject.entry.source.stem)
                break


def _remark(subject: Subject, code: str, message: str, index: int | None = None) -> Remark:
    place = subject.places("tags") if index is None else subject.places("tags", index)
    return Remark(code, place, message, rule=subject.entry.source.stem)


CHECKS: tuple[Check, ...] = (tags, levels)
