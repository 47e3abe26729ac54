"""Limits of platforms: what is over one, near it, and too small to be converted."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.check import limits_queries
from stagewatch.check.limits import CHARACTERS, SPANS, TERMS, Limit
from stagewatch.targets import TARGETS
from tests.check.samples import remarks
from tests.check.samples_logic_values import one, values


def test_every_limit_names_its_source_and_a_target() -> None:
    assert all(limit.source and limit.target in TARGETS for limit in (*CHARACTERS, *TERMS))
    assert SPANS.keys() <= set(TARGETS)


@pytest.mark.parametrize(("most", "code"), [(50, "SW301"), (62, "SW302"), (90, None)])
def test_a_query_over_a_limit_and_one_near_it(
    most: int, code: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is so many sixtieths of the query's length."""
    files = one("CommandLine|contains: 'staging-directory'")
    monkeypatch.setattr(limits_queries, "CHARACTERS", (Limit("duckdb", ".sql", 10**6, "a test", "none"),))
    monkeypatch.setattr(limits_queries, "NEAR", 0.0)
    (found,) = remarks(limits_queries, files, tmp_path / "measured")
    length = int(found.message.split()[3].replace(",", ""))
    monkeypatch.setattr(limits_queries, "NEAR", 0.9)
    limit = Limit("duckdb", ".sql", length * most // 60, "a test", "none")
    monkeypatch.setattr(limits_queries, "CHARACTERS", (limit,))
    assert [one.code for one in remarks(limits_queries, files, tmp_path / "tried")] == ([code] if code else [])


def test_a_small_rule_is_not_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("converted")

    monkeypatch.setattr(limits_queries, "convert", refuse)
    assert remarks(limits_queries, one("CommandLine|contains: 'staging-directory'"), tmp_path / "small") == []
    large = values("CommandLine|contains", *(f"'{number:030}'" for number in range(100)))
    with pytest.raises(AssertionError, match="converted"):
        remarks(limits_queries, large, tmp_path / "large")
