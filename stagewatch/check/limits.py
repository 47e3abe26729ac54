"""What platforms take at most, from their makers' own words. A limit that nobody states is not here.

Defender, Splunk, QRadar, Cloud SIEM and Kibana's EQL rules have none in their documentation as far as it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stagewatch.objects.falcon import LONGEST as FALCON_LONGEST
from stagewatch.targets.secops_correlation import LONGEST as SECOPS_MINUTES
from stagewatch.targets.sentinel import MAX_QUERY, MAX_SPAN
from stagewatch.targets.sumo_correlation import LONGEST_SECONDS


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of something that a platform takes. ``suffix`` is the end of the files' names that it holds for."""

    target: str
    suffix: str
    most: int
    what: str
    source: str


CHARACTERS = (
    Limit(
        "sentinel", ".kql", MAX_QUERY, "an analytics rule", "AnalyticsTemplateInternalModelBase.cs of Azure-Sentinel"
    ),
    Limit("elastic", ".esql", 1_000_000, "an ES|QL statement", "Elasticsearch, EsqlParser.MAX_LENGTH"),
    Limit("secops", ".yaral", 1_000_000, "the rules of a retrohunt", "Google SecOps, 'Understand detection limits'"),
    Limit("logscale", ".cql", 66_000, "a query", "LogScale, 'Limits and Standards' (library.humio.com)"),
)
"""The length of a query in characters."""

TERMS = (
    Limit(
        "elastic",
        ".eql",
        1_024,
        "a small node",
        "Elasticsearch, 'Search settings', indices.query.bool.max_clause_count",
    ),
)
"""The number of conditions in a query. Elasticsearch sets the limit by the node's memory, never below this."""

SPANS: Mapping[str, tuple[int, str]] = {
    "defender": (30 * 86_400, "a custom detection rule looks back 30 days at most"),
    "sentinel": (MAX_SPAN, "an analytics rule looks back 14 days at most"),
    "sumo": (LONGEST_SECONDS, "a Cloud SIEM window is five days at most"),
    "secops": (SECOPS_MINUTES * 60, "a match window of Google SecOps is 48 hours at most"),
    "logscale": (FALCON_LONGEST, "a correlation rule of Falcon looks back 168 hours at most"),
}
"""Target -> the longest timespan of a correlation in seconds, and in words. The sources stand beside the constants."""

NEAR = 0.9
"""The part of a limit from which on it is near."""
