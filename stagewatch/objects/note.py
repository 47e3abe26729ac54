"""What an object tells an analyst beside its query, as Markdown that also reads well as plain text."""

from __future__ import annotations

from collections.abc import Iterable

from stagewatch.findings import one_line
from stagewatch.objects.base import Deployable


def clean(text: str) -> str:
    """The text with its line breaks, but without other control characters and blanks at the end of lines."""
    lines = ("".join(char if char.isprintable() else " " for char in line).rstrip() for line in text.splitlines())
    return "\n".join(lines).strip()


def remarks(rule: Deployable) -> tuple[str, ...]:
    """What a user of the object must know, one line each: what it does not see, and what its query may do else."""
    unseen = (f"Sees less than the rule says: {reason}" for reason in rule.degraded)
    return tuple(map(one_line, (*unseen, *rule.rendered.warnings)))


def provenance(rule: Deployable) -> str:
    """Which rule the object was made of, in one line. An importer finds the object of a rule by this."""
    about = rule.description
    sources = f", log source {', '.join(map(one_line, about.sources))}" if about.sources else ""
    return f"Sigma rule {about.id}, version {about.version}, level {about.level}{sources}"


def note(rule: Deployable, *more: str) -> str:
    """The whole note: what :func:`about` tells, with the remarks ``more``, and the guide's steps."""
    return "\n\n".join(part for part in (about(rule, *more), guide(rule)) if part)


def guide(rule: Deployable) -> str:
    """What an analyst does, as the guide's Markdown; empty for a rule without a guide."""
    found = rule.description.guide
    return clean(found.steps()) if found is not None else ""


def about(rule: Deployable, *more: str) -> str:
    """Description, provenance, remarks (those of the platform's object in ``more``), ATT&CK and references."""
    description = rule.description
    techniques = (f"{one.id} {one.name}: {one.url}" for one in description.techniques)
    parts = [
        clean(description.text),
        provenance(rule),
        bullets("Limits of this object", (*remarks(rule), *more)),
        bullets("False positives", map(one_line, description.false_positives)),
        bullets("ATT&CK", techniques),
        bullets("References", map(one_line, description.references)),
    ]
    return "\n\n".join(part for part in parts if part)


def bullets(heading: str, items: Iterable[str]) -> str:
    """A heading and the items that say something; empty where none does."""
    lines = [f"- {item}" for item in items if item]
    return "\n".join([f"### {heading}", "", *lines]) if lines else ""
