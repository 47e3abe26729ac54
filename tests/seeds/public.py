"""The public pages: their queries, read from the pages' text at run time and never kept here, and the least repairs.

A repair makes a query that Microsoft's compiler refuses run at all, and changes nothing else: what such a query would
find can be seen only then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

FOLDER = REPOSITORY.parent / "shared" / "seeds"
"""Where the text of the pages stands, beside the repository."""

ABSENT = "the text of the public pages is not beside the repository; it is not part of it"

_QUERY = re.compile(r"^let .*?^\| sort by Timestamp desc", re.DOTALL | re.MULTILINE)

_TIME = ("Timestamp", "TimeGenerated")
_ACCOUNT = (" AccountName, FolderPath", " AccountName=InitiatingProcessAccountName, FolderPath")


@dataclass(frozen=True, slots=True)
class PublicPage:
    """One page. ``platforms`` is what it says its query is for; ``repairs`` are replacements, by platform of ours."""

    technique: str
    file: str
    platforms: str
    repairs: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def query(self) -> str:
        """Its query as it stands."""
        return _query(FOLDER / self.file)

    def repaired(self, platform: str) -> str | None:
        """Its query with the least repair that makes it compile on a platform, None where it needs none."""
        query = self.query
        if platform not in self.repairs:
            return None
        for old, new in self.repairs[platform]:
            if old not in query:
                raise ValueError(f"the page on {self.technique} does not hold {old!r}: is it another page?")
            query = query.replace(old, new)
        return query


PAGES: Mapping[str, PublicPage] = {
    page.technique: page
    for page in (
        PublicPage("T1074", "000_1fa0a0b0860360be.txt", "Microsoft Sentinel / Defender", {"sentinel": (_TIME,)}),
        PublicPage(
            "T1074.002",
            "002_ecf964e97b8c2c03.txt",
            "Microsoft Sentinel",
            {"defender": (_ACCOUNT,), "sentinel": (_ACCOUNT, _TIME)},
        ),
    )
}


def present() -> bool:
    """Whether the pages' text is there."""
    return all((FOLDER / page.file).is_file() for page in PAGES.values())


@cache
def _query(path: Path) -> str:
    found = _QUERY.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name} holds no query")
    return found[0]
