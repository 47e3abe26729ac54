"""What the checks share: a code, a finding with its place, and what they are given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stagewatch.conversion import Convert, convert_entry
from stagewatch.layout import Layout
from stagewatch.pack import Pack, PackFilter, PackRule

Severity = Literal["error", "warning", "note"]
"""``error``: the rule is wrong or does not do what it says; ``warning``: a person must look; ``note``: a matter of
style."""


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding. ``name`` is stable: people switch it off by it, and SARIF's results refer to it."""

    name: str
    """As ``SW101``."""
    title: str
    """One line, without a full stop."""
    severity: Severity
    why: str
    """What goes wrong where it is not mended: one or two sentences for ``docs/findings.md``."""
    hint: str
    """What to do, in general."""
    fixable: bool = False
    """Whether ``--fix`` mends it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: ``line`` and ``column`` count from 1, None where they are not known."""

    path: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding of the lint."""

    code: str
    place: Place
    message: str
    """One line: what is wrong here."""
    hint: str = ""
    """What to do here; the code's own where it is empty."""
    target: str | None = None
    rule: str | None = None
    """The stem of the rule that it concerns."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at: a rule, correlation or filter with its text's places."""

    entry: PackRule | PackFilter
    document: Mapping[str, Any]
    """The document as plain data."""
    places: Callable[..., Place]
    """``places("detection", "selection", 0, "Image|endswith", 2)`` is where that key or value stands in the file; the
    nearest known place above it where it does not stand there."""


@dataclass(frozen=True, slots=True)
class Checked:
    """All that is checked at once."""

    layout: Layout
    pack: Pack
    subjects: tuple[Subject, ...]
    whole: bool = True
    """Whether these are all rules of the repository; else only those that somebody named."""
    converting: Callable[[Pack, Sequence[str]], Convert] = lambda _pack, _targets: convert_entry
    """What converts the rules of a pack for these targets: it may remember them from earlier runs."""


Check = Callable[[Checked], Iterable[Remark]]
"""A check of the whole pack. A module of checks exports ``CODES`` (of :class:`Code`) and ``CHECKS`` (of this)."""
