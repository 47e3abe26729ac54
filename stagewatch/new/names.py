"""What a rule is called: its title as SigmaHQ writes titles, its file, the folder that it goes to."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sigma.rule import SigmaRule

from stagewatch.findings import UsageError, one_line
from stagewatch.layout import Layout
from stagewatch.new.sources import LogSource
from stagewatch.pack import PackRule

SMALL = frozenset(
    {
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "new",
        "of",
        "on",
        "or",
        "over",
        "the",
        "through",
        "to",
        "via",
        "with",
        "without",
    }
)
"""Words that SigmaHQ's titles write small (``SigmahqTitleCaseValidator``)."""

LONGEST_TITLE, LONGEST_STEM = 110, 86
"""SigmaHQ takes 120 characters for a title, and 90 for a file name with its ending."""


def titled(text: str) -> str:
    """The title as SigmaHQ writes titles. Raises :class:`UsageError` for one that cannot become one."""
    words = one_line(text).rstrip(". ").split()
    if words and words[0].lower() in ("detect", "detects", "detection"):
        words = words[2 if len(words) > 1 and words[1].lower() == "of" else 1 :]
    title = " ".join(
        word if word in SMALL and place else word[:1].upper() + word[1:] for place, word in enumerate(words)
    )
    if not 10 <= len(title) <= LONGEST_TITLE:
        raise UsageError(f"a title has 10 to {LONGEST_TITLE} characters: {title!r}")
    if len(_slug(title)) < 6:
        raise UsageError(f"no file name can be made of the title {title!r}: use letters of the Latin alphabet")
    return title


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    return "_".join(word for word in words if word not in SMALL) or "_".join(words)


def stem_of(title: str, source: LogSource) -> str:
    """The name of the rule's file without its ending: SigmaHQ's prefix of the log source and the title."""
    stem = f"{source.prefix}{_slug(title)}"
    if len(stem) <= LONGEST_STEM:
        return stem
    return stem[:LONGEST_STEM].rpartition("_")[0]


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the files of a rule go."""

    rule: Path
    info: Path
    hits: Path
    misses: Path
    guide: Path

    def all(self) -> tuple[Path, ...]:
        return (self.rule, self.info, self.hits, self.misses, self.guide)


def paths_of(stem: str, source: LogSource, technique: str, layout: Layout, rules: Iterable[PackRule]) -> Paths:
    """The paths of a rule's files; its folder is where the most rules like it are.

    Raises :class:`UsageError` where a path is taken or would lie outside of the repository's folders.
    """
    root = next((path for path in layout.rules if path.suffix not in (".yml", ".yaml")), None)
    if root is None:
        raise UsageError("the repository names files of rules and no folder of rules to write into")
    folder = root / _folder(source, technique, root.name, rules)
    events = layout.fixtures / stem
    found = Paths(
        folder / f"{stem}.yml",
        events / "info.yml",
        events / "match.json",
        events / "no_match.json",
        layout.guides / f"{stem}.md",
    )
    for path, home in zip(found.all(), (root, *[layout.fixtures] * 3, layout.guides), strict=True):
        if not path.resolve().is_relative_to(home.resolve()):
            raise UsageError(f"{layout.shown(path)} would lie outside of {layout.shown(home)}: a link leads away")
        if path.exists() or path.is_symlink():
            raise UsageError(f"{layout.shown(path)} is there already; choose another title")
    return found


def _folder(source: LogSource, technique: str, root: str, rules: Iterable[PackRule]) -> str:
    """The folder, below the folder of rules, of most rules with the same log source and technique, or log source."""
    alike: Counter[str] = Counter()
    closest: Counter[str] = Counter()
    for entry in rules:
        rule = entry.rule
        shown = entry.source.path.split("/")
        if not isinstance(rule, SigmaRule) or root not in shown[:-1] or not of_source(rule, source):
            continue
        folder = "/".join(shown[shown.index(root) + 1 : -1])
        alike[folder] += 1
        if f"attack.{technique.lower()}" in {str(tag) for tag in rule.tags}:
            closest[folder] += 1
    counted = closest or alike
    if not counted:
        return str(source).replace(".", "_").partition("/")[2]
    return min(counted, key=lambda name: (-counted[name], name))


def of_source(rule: SigmaRule, source: LogSource) -> bool:
    """Whether a rule asks the same log source."""
    own = rule.logsource
    return (own.product, own.category, own.service) == (source.product, source.category, source.service)
