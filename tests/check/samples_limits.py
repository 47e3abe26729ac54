"""Samples of what platforms do not take."""

from __future__ import annotations

from tests.check.samples import Sample
from tests.check.samples_logic_rules import correlated
from tests.check.samples_logic_values import values

LONG, NEARLY, SHORT = (
    values("CommandLine|contains", *(f"'{number:04}{'x' * 46}'" for number in range(count)))
    for count in (300, 175, 100)
)
"""Lists of 50 characters each: Sentinel's query has 54 for each."""

SAMPLES = {
    "SW301": Sample(LONG, SHORT, line=1, about="10,000", target="sentinel"),
    "SW302": (Sample(NEARLY, SHORT, line=1, about="10,000", target="sentinel"), Sample(NEARLY, LONG)),
    "SW303": Sample(
        values("CommandLine|contains", *(f"'{number:04}'" for number in range(1_025))),
        values("CommandLine|contains", *(f"'{number:04}'" for number in range(1_024))),
        target="elastic",
    ),
    "SW304": (
        Sample(correlated("10m", "6d"), correlated("10m", "2d"), line=10, target="sumo"),
        Sample(correlated("10m", "3d"), correlated("10m", "48h"), line=10, target="secops", about="48 hours"),
        Sample(correlated("10m", "31d"), correlated("10m", "2h"), line=10, target="defender"),
    ),
}
