"""Splunk: the language is in :mod:`splunk_search`, windows over events are in :mod:`splunk_correlation`."""

from __future__ import annotations

from typing import ClassVar

from stagewatch.correlation import Correlation
from stagewatch.targets import splunk_correlation
from stagewatch.targets.base import Rendered, Target
from stagewatch.targets.splunk_search import macro, search
from stagewatch.translation import Query


class SplunkTarget(Target):
    """Splunk Enterprise and Splunk Cloud Platform."""

    name: ClassVar[str] = "splunk"
    title: ClassVar[str] = "Splunk (SPL)"

    def render(self, query: Query) -> Rendered:
        """A base search behind the log source's macro, with ``where`` commands as needed."""
        return Rendered({".spl": search(macro(query), query.expression)})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        """A window that slides, built on ``streamstats``."""
        warnings = splunk_correlation.warnings(correlation)
        return Rendered({".spl": splunk_correlation.search(correlation)}, "sliding", warnings)


TARGET = SplunkTarget
