from __future__ import annotations

import pytest

from stagewatch import __version__
from stagewatch.findings import UsageError
from stagewatch.release.number import disagreement, number


@pytest.mark.parametrize(
    ("previous", "version"),
    [
        ("1.9.0", "1.10.0"),
        ("1.0.0-rc.1", "1.0.0"),
        ("1.0.0-rc.2", "1.0.0-rc.10"),
        ("0.9.9", "1.0.0-alpha"),
        (None, "0.0.1"),
    ],
)
def test_a_higher_number(previous: str | None, version: str) -> None:
    assert str(number(version, previous)) == version


@pytest.mark.parametrize(
    ("previous", "version"), [("1.10.0", "1.9.0"), ("1.0.0", "1.0.0-rc.1"), ("1.0.0", "1.0.0"), ("1.0.0+a", "1.0.0+b")]
)
def test_a_number_that_is_not_higher(previous: str, version: str) -> None:
    """Builds of one version are equal in precedence (Semantic Versioning 2.0.0, 10)."""
    with pytest.raises(UsageError, match="is not higher"):
        number(version, previous)


def test_a_previous_number_that_is_none() -> None:
    with pytest.raises(UsageError, match="the previous release's version is like"):
        number("1.0.0", "one")


@pytest.mark.parametrize(("suffix", "findings"), [("", 0), ("-rc.1", 0), ("+build", 0)])
def test_a_number_agrees_with_stagewatchs_own(suffix: str, findings: int) -> None:
    assert len(disagreement(number(__version__ + suffix, None))) == findings
    assert len(disagreement(number("99.0.0", None))) == 1
