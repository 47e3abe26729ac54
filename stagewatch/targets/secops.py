"""Google SecOps: the language is in :mod:`secops_events`, windows over events are in :mod:`secops_correlation`."""

from __future__ import annotations

from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.targets import secops_correlation
from stagewatch.targets.base import Rendered, Target
from stagewatch.targets.secops_events import SecopsRenderer
from stagewatch.targets.secops_places import expression_of
from stagewatch.targets.secops_rule import rule_text
from stagewatch.translation import Query


class SecopsTarget(Target):
    """Google Security Operations (formerly Chronicle)."""

    name: ClassVar[str] = "secops"
    title: ClassVar[str] = "Google SecOps (YARA-L 2.0)"

    def asked(self, query: Query) -> ex.Expression:
        return expression_of(query)

    def render(self, query: Query) -> Rendered:
        """A whole rule that a single event satisfies."""
        events = SecopsRenderer().lines(self.asked(query))
        return Rendered({".yaral": rule_text(query.title, events, condition="$e")})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        """A whole rule with a ``match`` section."""
        return secops_correlation.render(correlation, self.translator.qualified_names)


TARGET = SecopsTarget
