"""Writes ``docs/seeds.json``: what the public pages' queries and ours return on the same events.

    python -m tests.seeds.record

It needs the text of the pages beside the repository; what is written quotes only the parts that are at fault.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.seeds import claims, own_tests, tries
from tests.seeds.public import ABSENT, PAGES, REPOSITORY, PublicPage, present
from tests.seeds.trial import Found, found_by_pack, kusto, refused

FILE = REPOSITORY / "docs" / "seeds.json"


@cache
def recorded() -> dict[str, Any]:
    """All of it as plain data."""
    found = found_by_pack({**claims.near_misses(), **own_tests.asked(), **tries.asked()}, claims.PLATFORM)
    return {
        "schema": 1,
        "platform": claims.PLATFORM,
        "engine": kusto().engine,
        "pages": [_page(page) for page in PAGES.values()],
        "claims": claims.compared(found),
        "tests": own_tests.compared(found),
        "defects": [_defect(number, found) for number in range(len(tries.defects()))],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(recorded(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _page(page: PublicPage) -> dict[str, Any]:
    """What the compiler says of a page's query on each platform, and the repair that it needs there."""
    return {
        "technique": page.technique,
        "named_for": page.platforms,
        "compiled": {platform: list(refused(page.query, platform)) for platform in ("defender", "sentinel")},
        "repairs": {
            platform: [[old.strip(), new.strip()] for old, new in listed] for platform, listed in page.repairs.items()
        },
    }


def _defect(place: int, found: Found) -> dict[str, Any]:
    defect = tries.defects()[place]
    wrong, instead = tries.texts()[defect["number"]]
    return {
        "number": defect["number"],
        "anchor": defect["anchor"],
        "technique": defect["page"],
        "wrong": wrong,
        "instead": instead,
        "fragments": list(defect["fragments"]),
        "note": defect.get("note"),
        "not_tried": defect.get("not_tried"),
        "tries": [tries.tried(defect, at, found) for at in range(len(defect.get("tries", ())))],
    }


if __name__ == "__main__":
    if not present():
        raise SystemExit(ABSENT)
    FILE.write_text(text(), encoding="utf-8")
