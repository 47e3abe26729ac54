from __future__ import annotations

import pytest

from stagewatch.site.github import common


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!-- mark -->\n\n## A", "\n## A"),
        ("a <!-- b --> c", "a <!-- b --> c"),  # not alone on its line: shown as text
        ("<details><summary>21 <b>more</b> events</summary>\n\nx\n\n</details>", "**21 more events**\n\nx\n\n"),
        ("<sub>\n\nsmall\n\n</sub>", "\n\nsmall\n\n"),
        ("> [!CAUTION]\n> lost", "> **Caution**\n>\n> lost"),
        ("```html\n<details><!-- a -->\n```\n</sub>", "```html\n<details><!-- a -->\n```\n"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # what shows HTML as text takes care of it
    ],
)
def test_what_folds_stands_open(text: str, shown: str) -> None:
    assert common(text) == shown


def test_a_picture_is_left_out_but_not_where_it_is_code() -> None:
    assert common("a\n\n![A page](images/a.png)\n\nb") == "a\n\n\nb"
    assert common("```\n![A page](images/a.png)\n```") == "```\n![A page](images/a.png)\n```"
