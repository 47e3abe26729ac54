"""Severity and score by a rule's level, as each platform counts them.

Where a vendor documents bands, the scores are theirs; where not, they are our choice and say so.
"""

from __future__ import annotations

from collections.abc import Mapping

SECOPS_SEVERITY: Mapping[str, str] = {
    "informational": "Info",
    "low": "Low",
    "medium": "Medium",
    "high": "High",
    "critical": "Critical",
}
"""Also the priority (chronicle/detection-rules, STYLE_GUIDE.md)."""

SECOPS_RISK: Mapping[str, int] = {"informational": 10, "low": 35, "medium": 65, "high": 85, "critical": 95}
"""The style guide's table of risk scores."""

FALCON_SEVERITY: Mapping[str, int] = {"informational": 10, "low": 30, "medium": 50, "high": 70, "critical": 90}
"""The five values that a correlation rule may have (terraform-provider-crowdstrike, correlation_rule)."""

SUMO_SCORE: Mapping[str, int] = {"informational": 1, "low": 2, "medium": 4, "high": 6, "critical": 8}
"""Our choice, below the scale's end so that one signal does not make an insight."""

QRADAR_SEVERITY: Mapping[str, int] = {"informational": 1, "low": 3, "medium": 5, "high": 7, "critical": 9}
"""Our choice on QRadar's scale from 0 to 10."""

DEFENDER_SEVERITY: Mapping[str, str] = {
    "informational": "informational",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "high",
}
"""Nothing is above high (Graph, resource type alertTemplate)."""

SENTINEL_SEVERITY: Mapping[str, str] = {level: severity.title() for level, severity in DEFENDER_SEVERITY.items()}
"""The same four, capitalised (Azure REST API, ``AlertSeverity``)."""

ELASTIC_SEVERITY: Mapping[str, str] = {
    "informational": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}
"""Nothing is below low (Kibana's API, ``Severity``)."""

ELASTIC_RISK: Mapping[str, int] = {"informational": 10, "low": 21, "medium": 47, "high": 73, "critical": 99}
"""Upper ends of the bands that Kibana's API documents (``RiskScore``), as elastic/detection-rules uses them."""

SPLUNK_RISK: Mapping[str, int] = {"informational": 10, "low": 25, "medium": 47, "high": 73, "critical": 95}
"""Our choice, each within the band that splunk/contentctl gives to the severity of that name (0, 21, 41, 61, 81)."""

SPLUNK_ALERT_SEVERITY: Mapping[str, int] = {"informational": 2, "low": 3, "medium": 4, "high": 5, "critical": 6}
"""``alert.severity`` of savedsearches.conf: info, warn, error, severe, fatal."""
