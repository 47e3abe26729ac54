"""Places of keys and values in rule files, of hostile ones too."""

from __future__ import annotations

import pytest

from stagewatch.check.model import Place
from stagewatch.check.places import Places

TEXT = """\
# a comment
title: First
---
title: Second
detection:
    selection:
        - Image|endswith:
              - 'a'
              - "b"
        - Image: ünïcode
    condition: selection
level: low
"""


@pytest.mark.parametrize(
    ("steps", "line", "column"),
    [
        ((), 4, 1),
        (("detection",), 5, 1),
        (("detection", "selection", 0, "Image|endswith"), 7, 11),
        (("detection", "selection", 0, "Image|endswith", 1), 9, 17),
        (("detection", "selection", 1, "Image"), 10, 11),
        (("detection", "condition"), 11, 5),
        (("level",), 12, 1),
        (("detection", "nowhere", 3), 5, 1),
        (("detection", "selection", 7), 6, 5),
        (("detection", "selection", -1), 6, 5),
        (("nowhere",), 4, 1),
    ],
)
def test_a_key_or_value_has_its_place_or_that_of_the_nearest_above(
    steps: tuple[object, ...], line: int, column: int
) -> None:
    assert Places("r.yml", TEXT, 4)(*steps) == Place("r.yml", line, column)


def test_another_document_of_the_file_has_its_own_places() -> None:
    assert Places("r.yml", TEXT, 2)("title") == Place("r.yml", 2, 1)
    assert Places("r.yml", TEXT, 2)("level") == Place("r.yml", 2, 1)


def test_merged_keys_stand_where_they_were_written() -> None:
    text = "a: &base\n    x: 1\nb:\n    <<: *base\n    y: 2\n"
    assert Places("r.yml", text, 1)("b", "x") == Place("r.yml", 2, 5)
    assert Places("r.yml", text, 1)("b", "y") == Place("r.yml", 5, 5)


def test_aliases_of_aliases_cost_nothing() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 2)}]" for n in range(1, 30)]
    text = "l0: &l0 [x, y]\n" + "\n".join(levels) + "\n"
    assert Places("r.yml", text, 1)("l29", 0, 0, 0, 0, 1) == Place("r.yml", 25, 6)
