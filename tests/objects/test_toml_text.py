from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch.objects.toml_text import dump_toml
from tests.objects.samples import hostile_text

texts = st.one_of(hostile_text, st.text(alphabet="\"'\\\n\r\t a", max_size=12))
plain = st.one_of(texts, st.integers(-9, 9), st.booleans(), st.lists(texts, max_size=3))
tables = st.dictionaries(texts, st.one_of(plain, st.dictionaries(texts, plain, max_size=2)), max_size=3)


def test_tables_stand_behind_plain_values() -> None:
    data = {"a": {"x": {"y": 1}, "b": "one", "t": [{"n": 1, "u": [{"v": True}]}, {"n": 2}]}, "q c": {"l": []}}
    assert dump_toml(data).decode() == (
        '[a]\nb = "one"\n\n[a.x]\ny = 1\n\n[[a.t]]\nn = 1\n\n[[a.t.u]]\nv = true\n\n[[a.t]]\nn = 2\n\n["q c"]\nl = []\n'
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('say "x"', '"say \\"x\\""'),
        ('a\n"b" c', '"""\na\n"b" c"""'),
        ('a\n"b"', '"""\na\n"b\\""""'),
        ('a\n""""', '"""\na\n\\"\\"\\"\\""""'),
        ("C:\\x\ny", "'''\nC:\\x\ny'''"),
        ("C:\\x\ny'", '"""\nC:\\\\x\ny\'"""'),
        ("C:\\x\n'''y", '"""\nC:\\\\x\n\'\'\'y"""'),
        ("\n\\", "'''\n\n\\'''"),
        ("a\r\nb", '"""\na\\r\nb"""'),
        ("\x00\U0001f600\u2028", '"\\u0000\U0001f600\\u2028"'),
    ],
)
def test_text_is_written_as_it_reads_best(text: str, written: str) -> None:
    assert dump_toml({"k": text}).decode() == f"k = {written}\n"
    assert tomllib.loads(f"k = {written}\n") == {"k": text}


@given(tables)
def test_anything_is_read_back_as_it_was(data: dict[str, object]) -> None:
    assert tomllib.loads(dump_toml(data).decode()) == data


def test_what_toml_has_not_is_a_defect() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        dump_toml({"k": None})
