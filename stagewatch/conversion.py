"""One rule on one target: the outcome, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.correlation import resolve
from stagewatch.findings import Unsupported
from stagewatch.pack import PackRule
from stagewatch.targets.base import Rendered, Target

Status = Literal["ok", "degraded", "unsupported", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a rule on a target.

    ``reasons`` say what is no longer seen (degraded), why the target cannot express the rule (unsupported) or what
    went wrong in the rule itself (failed). ``rendered`` is None for the last two.
    """

    status: Status
    reasons: tuple[str, ...] = ()
    rendered: Rendered | None = None


Convert = Callable[[PackRule, Target], Outcome]
"""Says what becomes of a rule of the pack on a target: :func:`convert_entry`, or something that remembers it."""


def convert_entry(entry: PackRule, target: Target) -> Outcome:
    """Convert a rule of the pack."""
    return convert(entry.rule, target)


def convert(rule: SigmaRule | SigmaCorrelationRule, target: Target) -> Outcome:
    """Convert a rule, or a correlation whose references are resolved, for one target."""
    try:
        if isinstance(rule, SigmaCorrelationRule):
            correlation = resolve(rule, target.translator)
            return _outcome(target.render_correlation(correlation), correlation.degraded)
        query = target.translator.translate(rule)
        return _outcome(target.render(query), query.degraded)
    except Unsupported as reason:
        return Outcome("unsupported", (str(reason),))


def _outcome(rendered: Rendered, degraded: tuple[str, ...]) -> Outcome:
    return Outcome("degraded" if degraded else "ok", degraded, rendered)
