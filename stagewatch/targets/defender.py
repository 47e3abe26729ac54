"""Microsoft Defender XDR: advanced hunting queries for custom detection rules."""

from __future__ import annotations

from functools import cached_property

from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered, Target
from stagewatch.targets.kql import KqlRenderer, query_text
from stagewatch.targets.kql_correlation import Dialect, correlation_text, warnings
from stagewatch.translation import Query

HOUR = 3600

FREQUENCIES = ((1, 4), (3, 12), (12, 48), (24, 720))
"""Hours between two runs of a custom detection rule, and hours that a run looks back.

``defender-xdr/custom-detection-rules.md``, "Rule frequency".
"""


class DefenderTarget(Target):
    """Writes ``.kql`` files. A query has no comment and no filter on time: the service refuses or advises against."""

    name = "defender"
    title = "Microsoft Defender XDR (KQL)"

    @cached_property
    def _renderer(self) -> KqlRenderer:
        return KqlRenderer(self.translator.numeric_fields)

    def render(self, query: Query) -> Rendered:
        return Rendered({".kql": query_text(query, self._renderer)})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        found = (*_frequency_warnings(correlation.seconds), *warnings(correlation))
        dialect = Dialect("Timestamp", self.translator.numeric_fields, self.translator.qualified_names)
        text = correlation_text(correlation, self._renderer, dialect)
        return Rendered({".kql": text}, window="sliding", warnings=found)


def _frequency_warnings(seconds: int) -> tuple[str, ...]:
    """What the timespan asks of the rule's frequency, if more than that of an hourly rule.

    A burst lies wholly in what one run looks back to only where that is at least timespan plus frequency.
    """
    for frequency, lookback in FREQUENCIES:
        if seconds <= (lookback - frequency) * HOUR:
            if frequency == FREQUENCIES[0][0]:
                return ()
            return (f"run it every {frequency} hours: a more frequent custom detection does not look back far enough",)
    raise Unsupported("a custom detection rule looks back 30 days at most, too short for this timespan")


TARGET = DefenderTarget
