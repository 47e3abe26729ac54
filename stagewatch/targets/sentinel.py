"""Microsoft Sentinel: queries for scheduled analytics rules."""

from __future__ import annotations

from functools import cached_property

from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered, Target
from stagewatch.targets.kql import KqlRenderer, query_text
from stagewatch.targets.kql_correlation import Dialect, correlation_text, warnings
from stagewatch.targets.marks import without
from stagewatch.translation import Query

MAX_QUERY = 10_000
"""Characters of an analytics rule's query (Sentinel documentation, "Create a custom analytics rule")."""

MAX_SPAN = 14 * 86400 - 3600
"""Seconds: a query period is 14 days at most and must hold the timespan and one interval of an hour or more."""


class SentinelTarget(Target):
    """Writes ``.kql`` files."""

    name = "sentinel"
    title = "Microsoft Sentinel (KQL)"

    @cached_property
    def _renderer(self) -> KqlRenderer:
        return KqlRenderer(self.translator.numeric_fields)

    def render(self, query: Query) -> Rendered:
        return Rendered({".kql": _checked(query_text(query, self._renderer))})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        if correlation.seconds > MAX_SPAN:
            raise Unsupported("an analytics rule looks back 14 days at most, too short for this timespan")
        dialect = Dialect("TimeGenerated", self.translator.numeric_fields, self.translator.qualified_names)
        text = correlation_text(correlation, self._renderer, dialect)
        return Rendered({".kql": _checked(text)}, window="sliding", warnings=warnings(correlation))


def _checked(text: str) -> str:
    if len(without(text)) > MAX_QUERY:
        raise Unsupported(f"the query has {len(text):,} characters, an analytics rule takes {MAX_QUERY:,} at most")
    return text


TARGET = SentinelTarget
