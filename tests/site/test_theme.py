from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[2] / "stagewatch/site/theme/assets/stagewatch.css").read_text(encoding="utf-8")
SCHEMES = ("default", "slate")


def colours(scheme: str) -> dict[str, str]:
    block = re.search(rf'\[data-md-color-scheme="{scheme}"\] \{{(.*?)\}}', CSS, re.DOTALL)
    assert block is not None
    found = dict(re.findall(r"(--[\w-]+): ([^;]+);", block[1]))
    return {name: found[value[4:-1]] if value.startswith("var(") else value for name, value in found.items()}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, paper: str, part: float) -> str:
    """``color-mix`` of a part of a colour with what lies below it."""
    pairs = [(int(colour[at : at + 2], 16), int(paper[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(above * part + below * (1 - part)):02x}" for above, below in pairs)


TEXT = ("ink", "quiet", "link", "critical", "high", "medium", "low", "informational", "good", "part", "none", "bad")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", TEXT)
def test_text_stands_out_from_paper_box_and_badge(scheme: str, name: str) -> None:
    known = colours(scheme)
    colour = known[f"--sw-{name}"]
    for paper in (known["--sw-paper"], known["--sw-raised"]):
        assert contrast(colour, paper) >= 4.5
        assert contrast(colour, mixed(colour, paper, 0.07)) >= 4.5  # a badge's ground


@pytest.mark.parametrize("scheme", SCHEMES)
def test_code_stands_out(scheme: str) -> None:
    known = colours(scheme)
    tokens = [value for name, value in known.items() if name.startswith("--md-code-hl-")]
    assert len(tokens) >= 10
    for colour in (*tokens, known["--md-code-fg-color"]):
        assert contrast(colour, known["--md-code-bg-color"]) >= 4.5, colour


@pytest.mark.parametrize("scheme", SCHEMES)
def test_marks_and_borders_of_controls_stand_out(scheme: str) -> None:
    known = colours(scheme)
    assert contrast(known["--sw-mark-ink"], known["--sw-mark"]) >= 4.5
    assert contrast(known["--sw-strong"], known["--sw-paper"]) >= 3
    assert contrast(known["--sw-strong"], known["--sw-raised"]) >= 3
    assert contrast("#ffffff", known["--sw-bar"]) >= 4.5
    assert contrast("#d3dbe3", mixed(known["--sw-bar"], "#ffffff", 0.94)) >= 4.5  # tabs below the header
    assert contrast("#ffc861", known["--sw-bar"]) >= 3  # focus in the header
    assert contrast(known["--sw-paper"], known["--sw-link"]) >= 4.5  # the button on the home page


def test_both_schemes_say_the_same_colours() -> None:
    assert colours("default").keys() == colours("slate").keys()


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
