"""What a rule asks, with places: the same as the translation says, each value where the file has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.pack import PackRule
from stagewatch.translation import Translator
from tests.check.samples import Files, checked, detection
from tests.reference import evaluate

BODIES = {
    "a mapping": "selection:\n    Image|endswith: ['\\a.exe', '\\b.exe']\n    User: a\ncondition: selection",
    "a list of mappings": "selection:\n    - Image: 'a.exe'\n    - User: a\n      Image: b\ncondition: selection",
    "keywords": "keywords:\n    - 'a b'\n    - 4\ncondition: keywords",
    "one keyword": "keywords: 'a b'\ncondition: keywords",
    "all keywords": "keywords:\n    '|all':\n        - 'a b'\n        - 'c'\ncondition: keywords",
    "dashes": "selection:\n    CommandLine|contains|windash: ['-a b', '/c d']\ncondition: selection",
    "offsets": "selection:\n    CommandLine|base64offset|contains: ['whoami', 'ipconfig']\ncondition: selection",
    "quantifiers": (
        "selection_a:\n    User: a\nselection_b:\n    Image: b\nfilter_c:\n    User: ab\n"
        "condition: 1 of selection_* and not 1 of filter_*"
    ),
    "several conditions": "a:\n    User: a\nb:\n    Image: b\ncondition:\n    - a\n    - b and not a",
    "numbers": "selection:\n    EventID: [1, '4688']\n    Level|gte: 3\ncondition: selection",
    "null and exists": "selection:\n    User: null\n    Image|exists: true\ncondition: selection",
    "not equal": "selection:\n    User|neq: a\ncondition: selection",
    "a mapping below a list": "selection:\n    - - User: a\n      - Image: b\n    - User: c\ncondition: selection",
}


def asked(files: Files, root: Path) -> Asked:
    (found,) = asked_by(checked(files, root))
    return found


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_the_tree_means_what_the_translation_says(body: str, tmp_path: Path) -> None:
    found = asked(detection(body), tmp_path)
    assert isinstance(found.subject.entry, PackRule)
    assert isinstance(found.subject.entry.rule, SigmaRule)
    whole = Translator(ProcessingPipeline()).translate(found.subject.entry.rule).expression
    assert found.tree.expression is not None
    for user in (None, "a", "c", "ab", "-a b", "4"):
        for image in (None, "b", "C:\\a.exe"):
            event = {"User": user, "Image": image, "CommandLine": user, "EventID": "1", "Level": 4}
            event = {name: value for name, value in event.items() if value is not None}
            assert evaluate(found.tree.expression, event) == evaluate(whole, event)


def lines(found: Asked) -> dict[object, int | None]:
    return {value.written: found.place(value).line for value in found.values()}


def test_each_value_stands_where_the_file_has_it(tmp_path: Path) -> None:
    found = asked(
        detection(BODIES["a mapping"].replace("['\\a.exe', '\\b.exe']", "\n        - x\n        - y")), tmp_path
    )
    assert lines(found) == {"x": 18, "y": 19, "a": 20}


def test_a_placeholder_is_not_known_and_takes_nothing_else_along(tmp_path: Path) -> None:
    found = asked(detection("selection:\n    User|expand: '%admins%'\n    Image: b\ncondition: selection"), tmp_path)
    leaves: dict[object, object] = {value.written: value.leaf for value in found.values()}
    assert leaves["%admins%"] is None
    assert leaves["b"] is not None
    assert found.tree.expression is None


def test_a_part_names_its_detection(tmp_path: Path) -> None:
    found = asked(detection(BODIES["quantifiers"]), tmp_path)
    assert [node.name for node in found.tree.walk() if node.name] == ["selection_a", "selection_b", "filter_c"]


def test_it_is_worked_out_once_for_one_run_and_anew_for_another(tmp_path: Path) -> None:
    one = checked(detection(BODIES["keywords"]), tmp_path / "one")
    other = checked(detection(BODIES["numbers"]), tmp_path / "other")
    first = asked_by(one)
    assert asked_by(one) is first
    assert asked_by(other) is not first


def test_an_empty_part_has_no_meaning() -> None:
    assert Node("or", ()).expression is None
