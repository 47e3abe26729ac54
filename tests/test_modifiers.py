"""What pySigma's modifiers lose, kept: each test names the defect."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.exceptions import SigmaValueError
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaExpansion, SigmaString

import stagewatch.modifiers  # noqa: F401 - repairs pySigma's


def values(field: str, value: str) -> list[str]:
    """The plain values of a detection item, alternatives included."""
    (found,) = SigmaDetectionItem.from_mapping(field, value).value
    several = found.values if isinstance(found, SigmaExpansion) else [found]
    return ["".join(part for part in one.s if isinstance(part, str)) for one in several if isinstance(one, SigmaString)]


def test_defect_base64offset_counts_characters() -> None:
    assert values("f|base64offset", "Grüße") == ["R3LDvMOfZ", "dyw7zDn2", "HcsO8w59l"]


@given(st.text(st.characters(exclude_characters="*?\\", exclude_categories=["Cs"]), min_size=3), st.binary(max_size=5))
def test_each_form_of_base64offset_is_found_wherever_the_value_is(value: str, around: bytes) -> None:
    forms = values("f|base64offset", value)
    for shift in range(3):
        encoded = b64encode(b"x" * shift + value.encode() + around).decode()
        assert forms[shift] in encoded


def test_defect_base64_encodes_escapes() -> None:
    assert b64decode(values("f|base64", r"a\*b\c\?")[0]) == rb"a*b\c?"


def test_defect_windash_takes_two_of_five_dashes() -> None:
    assert values("f|windash", "x –y") == ["x -y", "x /y", "x –y", "x —y", "x ―y"]


def test_defect_utf16_has_the_wrong_byte_order_mark() -> None:
    with pytest.raises(SigmaValueError, match="utf16 is not supported"):
        SigmaDetectionItem.from_mapping("f|utf16|base64", "cmd")


def test_defect_utf16le_is_unknown() -> None:
    assert b64decode(values("f|utf16le|base64", "cmd")[0]) == "cmd".encode("utf-16-le")


def test_a_repaired_modifier_is_written_by_its_name() -> None:
    item = SigmaDetectionItem.from_mapping("f|windash|base64", "x")
    assert item.to_plain() == {"f|windash|base64": "x"}
