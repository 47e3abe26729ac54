"""Sigma's ``Hashes`` field, one text of all hashes, on platforms that keep each hash in a field of its own.

pySigma's transformation ``hashes_fields`` splits it, but joins values with OR where the rule says ``|all``, forgets a
negation and leaves out a value whose algorithm it does not know. The one here keeps what the rule says or refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sigma.conditions import ConditionOR
from sigma.exceptions import SigmaRuleLocation
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import HashesFieldsDetectionItemTransformation
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaString, SigmaType

from stagewatch.findings import Unsupported
from stagewatch.repairs import substitute

DIGITS = {"MD5": 32, "IMPHASH": 32, "SHA1": 40, "SHA256": 64, "SHA512": 128}
"""Algorithm -> number of hexadecimal digits of its hashes."""


def split_exactly(pipeline: ProcessingPipeline) -> None:
    """Let the pipeline split hashes with :class:`SplitHashes` where it says ``hashes_fields``."""
    substitute(pipeline, HashesFieldsDetectionItemTransformation, _exact)


def _exact(given: HashesFieldsDetectionItemTransformation) -> SplitHashes:
    prefix = given.field_prefix
    names = {name: prefix + ("" if given.drop_algo_prefix else name) for name in given.valid_hash_algos}
    return SplitHashes(names, tuple(given.field_to_parse))


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
        source = detection_item.source
        parts = [self._value(detection_item.field, value, source) for value in detection_item.value]
        return SigmaDetection([*parts], source, detection_item.value_linking)

    def _value(self, field: str, value: SigmaType, source: SigmaRuleLocation | None) -> SigmaDetection:
        """One value: a hash of the algorithm that it names, or its start; else a whole hash of any algorithm."""
        text = "".join(str(part) for part in value.s if isinstance(part, str)) if isinstance(value, SigmaString) else ""
        match = re.fullmatch(r"(?:([A-Za-z0-9]+)=)?([0-9A-Fa-f]+)", text)
        if match is None:
            raise Unsupported(f"{field}: {str(value)!r} is no hash, and hashes are in fields of their own here")
        algorithm, digits = match.groups()
        fields = {
            name: self.names[name]
            for name, length in DIGITS.items()
            if name in self.names and (name == algorithm.upper() if algorithm else length == len(digits))
        }
        if not fields or any(len(digits) > DIGITS[name] for name in fields):
            raise Unsupported(f"{field}: {str(value)!r} is a hash of no algorithm that is known here")
        return SigmaDetection(
            [
                SigmaDetectionItem(
                    name, [], [SigmaString(digits if len(digits) == DIGITS[algorithm] else f"{digits}*")], source=source
                )
                for algorithm, name in fields.items()
            ],
            item_linking=ConditionOR,
        )
