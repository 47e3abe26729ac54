"""Log sources by the names that a site's file gives them, and what the house's pipeline does with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from stagewatch.detections import detection_items
from stagewatch.pipelines import house_pipeline
from stagewatch.tomlsafe import Node
from stagewatch.translation import Translator

ANY_EVENT = 4663
"""A number that each target which reads the Security log reads: some of them refuse others."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """A log source that a target reads. ``kind`` is ``category`` or ``service``."""

    target: str
    product: str
    kind: str
    name: str

    def __str__(self) -> str:
        """As objects call it too."""
        return f"{self.product}/{self.name}"

    def condition(self) -> Mapping[str, str]:
        """The condition of a pySigma pipeline that this log source alone fulfils."""
        return {"type": "logsource", "product": self.product, self.kind: self.name}

    def asks_for(self, column: str) -> bool:
        """Whether the house's pipeline adds a condition on a column to each rule of this log source."""
        return column in (_added(self.target, self.product, self.kind, self.name) or ())


def known_source(target: str, key: str, node: Node) -> LogSource:
    """The log source called ``product/category`` or ``product/service``.

    Raises :class:`UsageError` where it is no such name, or where the target does not read that log source.
    """
    product, slash, name = key.partition("/")
    if not (product and slash and name):
        raise node.error("is no log source such as windows/process_creation or windows/security")
    for kind in ("category", "service"):
        if _added(target, product, kind, name) is not None:
            return LogSource(target, product, kind, name)
    raise node.error(f"{target} reads no log source of this name")


@cache
def _house(target: str) -> Translator:
    return Translator(house_pipeline(target))


@cache
def _added(target: str, product: str, kind: str, name: str) -> frozenset[str] | None:
    """The columns that a rule on the log source alone asks for; None where the house's pipeline refuses it."""
    probe = SigmaRule.from_dict(
        {
            "title": "Any rule",
            "logsource": {"product": product, kind: name},
            "detection": {"selection": {"EventID": ANY_EVENT}, "condition": "selection"},
        }
    )
    try:
        _house(target).pipeline.apply(probe)
    except SigmaError:
        return None
    found = detection_items(probe.detection.detections.values())
    return frozenset(str(item.field) for item in found if item.field is not None)
