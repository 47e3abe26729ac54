"""Sigma's ``Hashes`` field, one text of all hashes, on platforms that keep each hash in a field of its own.

pySigma's transformation ``hashes_fields`` splits it, but joins values with OR where the rule says ``|all``, forgets a
negation and leaves out a value whose algorithm it does not know. The one here keeps what the rule says or refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sigma.conditions import ConditionOR
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import HashesFieldsDetectionItemTransformation
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaString, SigmaType

from stagewatch.findings import Unsupported

ALGORITHMS = {32: ("MD5", "IMPHASH"), 40: ("SHA1",), 64: ("SHA256",), 128: ("SHA512",)}
"""Number of hexadecimal digits -> the algorithms whose hashes have as many."""


def split_exactly(pipeline: ProcessingPipeline) -> None:
    """Let the pipeline split hashes with :class:`SplitHashes` where it says ``hashes_fields``."""
    for item in pipeline.items:
        given = item.transformation
        if isinstance(given, HashesFieldsDetectionItemTransformation):
            prefix = given.field_prefix
            names = {name: prefix + ("" if given.drop_algo_prefix else name) for name in given.valid_hash_algos}
            item.transformation = SplitHashes(names, tuple(given.field_to_parse))
            item.transformation.set_processing_item(item)
            item.transformation.set_pipeline(pipeline)


@dataclass
class SplitHashes(DetectionItemTransformation):
    """Replaces an item on a combined field by items on the fields of single hashes.

    ``names`` maps an algorithm to the name of its field; ``combined`` are the fields that hold all hashes.
    """

    names: dict[str, str]
    combined: tuple[str, ...]

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> SigmaDetection | None:
        """The item split by algorithm, or None where it is about another field."""
        if detection_item.field not in self.combined:
            return None
        if detection_item.negated:
            raise Unsupported(f"a negated value of {detection_item.field} cannot be split into single hashes")
        parts = [self._value(detection_item.field, value) for value in detection_item.value]
        return SigmaDetection([*parts], item_linking=detection_item.value_linking)

    def _value(self, field: str, value: SigmaType) -> SigmaDetection:
        """One value: equality with a hash of the algorithm that it names, or of any with as many digits."""
        text = "".join(str(part) for part in value.s if isinstance(part, str)) if isinstance(value, SigmaString) else ""
        match = re.fullmatch(r"(?:([A-Za-z0-9]+)=)?([0-9A-Fa-f]+)", text)
        if match is None:
            raise Unsupported(f"{field}: {str(value)!r} is no whole hash, and hashes are in fields of their own here")
        algorithm, digits = match.groups()
        candidates = ALGORITHMS.get(len(digits), ())
        if algorithm is not None:
            candidates = tuple(name for name in candidates if name == algorithm.upper())
        fields = [self.names[name] for name in candidates if name in self.names]
        if not fields:
            raise Unsupported(f"{field}: {str(value)!r} is a hash of no algorithm that is known here")
        return SigmaDetection(
            [SigmaDetectionItem(name, [], [SigmaString(digits)]) for name in fields], item_linking=ConditionOR
        )
