from __future__ import annotations

import re
from pathlib import Path

from stagewatch.objects.base import MODULES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "import"
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_index_links_every_page_once() -> None:
    links = re.findall(r"\]\(([\w-]+\.md)\)", INDEX)
    assert sorted(links) == sorted(path.name for path in FOLDER.glob("*.md") if path.name != "README.md")


def test_every_platform_with_objects_has_a_page() -> None:
    assert {f"{name}.md" for name in MODULES} <= {path.name for path in FOLDER.glob("*.md")}
