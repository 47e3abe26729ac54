"""A rule's guide for the analyst, ``docs/guides/<stem>.md``, by its sections: what objects carry as notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Guide:
    """The sections by heading, as Markdown; ``text`` is the whole guide."""

    text: str
    sections: Mapping[str, str]

    def steps(self) -> str:
        """What an analyst does first, as Markdown: the questions, what confirms and clears, the steps."""
        wanted = ("First five questions", "Confirms", "Clears", "Steps")
        return "\n\n".join(f"### {name}\n\n{self.sections[name]}" for name in wanted if name in self.sections)


def read_guide(folder: Path, stem: str) -> Guide | None:
    """The guide of a rule, None where the folder holds none, as for rules that are not the pack's."""
    path = folder / f"{stem}.md"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    parts = _HEADING.split(text)
    return Guide(text, {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)})
