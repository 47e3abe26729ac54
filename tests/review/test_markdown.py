from __future__ import annotations

import pytest

from stagewatch.review.markdown import marker, shortened


@pytest.mark.parametrize("name", ["review", "a-->b", "<x>", "é\n"])
def test_a_marker_is_one_hidden_line(name: str) -> None:
    found = marker(name)
    assert found.startswith("<!-- ")
    assert found.endswith(" -->")
    assert "--" not in found[4:-3]
    assert "\n" not in found


def test_what_fits_is_left_alone() -> None:
    assert shortened("a\nb\n", 10, "cut") == "a\nb\n"


@pytest.mark.parametrize(
    ("before", "closed"),
    [
        ("", []),
        ("```\n", ["```"]),
        ("````kql\n", ["````"]),
        ("~~~\n", ["~~~"]),
        ("```\n```\n", []),
        ("<details><summary>x</summary>\n", ["</details>"]),
        ("<details>\n<details>\n```\n", ["```", "</details>", "</details>"]),
        ("```\n<details>\n", ["```"]),
        ("```\n``` not the end\n", ["```"]),
    ],
)
def test_what_is_open_is_closed(before: str, closed: list[str]) -> None:
    lines = shortened(before + "line\n" * 1000, 500, "cut").splitlines()
    assert [line for line in lines[len(before.splitlines()) :] if line not in ("line", "", "cut")] == closed
    assert lines[-1] == "cut"
    assert len("\n".join(lines)) <= 500
