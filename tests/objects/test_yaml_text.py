from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from stagewatch.objects.yaml_text import dump_yaml
from tests.objects.samples import hostile_text


def test_lines_stand_as_lines_and_keys_in_their_order() -> None:
    data = {"b": "one\n  two: {x}", "a": "[x] # y", "c": ["yes", "no"], "d": {"e": True, "f": 3}}
    assert dump_yaml(data).decode() == (
        "b: |-\n  one\n    two: {x}\na: '[x] # y'\nc:\n- 'yes'\n- 'no'\nd:\n  e: true\n  f: 3\n"
    )


def test_a_value_that_stands_twice_is_written_twice() -> None:
    shared = ["x"]
    assert dump_yaml({"a": shared, "b": shared}) == b"a:\n- x\nb:\n- x\n"


@given(st.dictionaries(hostile_text, st.one_of(hostile_text, st.lists(hostile_text, max_size=2)), max_size=3))
def test_any_text_is_read_back_as_it_was(data: dict[str, object]) -> None:
    assert yaml.safe_load(dump_yaml(data)) == data
    assert yaml.load(dump_yaml(data), Loader=yaml.CSafeLoader) == data
