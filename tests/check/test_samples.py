"""Every kind of finding is raised by a repository that deserves it and by no other; the page shows them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stagewatch.check.codes import codes
from tests.check.findings import OWNERS, PAGE, page, samples
from tests.check.samples import Sample, remarks

ALL = [pytest.param(code, sample, id=code) for code, sample in samples()]


def test_every_code_has_a_sample() -> None:
    assert codes().keys() == {code for code, _ in samples()}


@pytest.mark.parametrize(("code", "sample"), ALL)
def test_a_code_is_raised_where_it_is_deserved(
    code: str, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sample.hidden:
        monkeypatch.setitem(sys.modules, sample.hidden, None)
    found = [one for one in remarks(OWNERS[code], sample.bad, tmp_path / "repository") if one.code == code]
    assert found
    assert all(one.message and one.message.isprintable() for one in found)
    if sample.line is not None:
        assert sample.line in [one.place.line for one in found]
    if sample.target is not None:
        assert sample.target in [one.target for one in found]
    assert any(sample.about in one.message for one in found), [one.message for one in found]


@pytest.mark.parametrize(("code", "sample"), ALL)
def test_a_code_is_not_raised_where_it_is_not_deserved(code: str, sample: Sample, tmp_path: Path) -> None:
    found = remarks(OWNERS[code], sample.good, tmp_path / "repository")
    assert [one for one in found if one.code == code] == []


def test_the_page_is_what_the_codes_and_the_samples_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
