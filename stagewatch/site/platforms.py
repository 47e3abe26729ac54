"""What the site calls the platforms, everywhere alike: linked tabs go by these names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Platform:
    """A target as people know it: short for tabs, the vendor's full name, and its query language."""

    name: str
    full: str
    language: str


PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        "defender": Platform("Defender", "Microsoft Defender XDR", "KQL"),
        "sentinel": Platform("Sentinel", "Microsoft Sentinel", "KQL"),
        "splunk": Platform("Splunk", "Splunk", "SPL"),
        "elastic": Platform("Elastic", "Elastic Security", "EQL, ES|QL"),
        "qradar": Platform("QRadar", "IBM QRadar", "AQL"),
        "sumo": Platform("Sumo Logic", "Sumo Logic Cloud SIEM", "Cloud SIEM rule expressions"),
        "secops": Platform("SecOps", "Google Security Operations", "YARA-L"),
        "logscale": Platform("LogScale", "CrowdStrike Falcon LogScale", "CQL"),
        "duckdb": Platform("DuckDB", "DuckDB, for hunts on files", "SQL"),
    }
)

NAMES: Mapping[str, str] = MappingProxyType({target: platform.name for target, platform in PLATFORMS.items()})
"""Target -> the name in tabs and tables."""
