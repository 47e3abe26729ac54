"""How time grows with a number: points, and the exponent of the power that fits them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """``count`` of something took so many ``seconds``."""

    count: int
    seconds: float


def exponent(points: Sequence[Point]) -> float:
    """Of the power ``seconds = a * count ** exponent`` with least squares of the logarithms; 1 is linear.

    Raises :class:`ValueError` for fewer than two different counts.
    """
    return _slope([(math.log(point.count), math.log(point.seconds)) for point in points])


def each(points: Sequence[Point]) -> float:
    """Seconds that one more takes: the slope of the line with least squares, which the fixed costs do not flatter."""
    return _slope([(point.count, point.seconds) for point in points])


def last(points: Sequence[Point]) -> float:
    """The exponent between the two largest counts, where fixed costs weigh least."""
    return exponent(sorted(points, key=lambda point: point.count)[-2:])


def _slope(pairs: Sequence[tuple[float, float]]) -> float:
    across = [x for x, _ in pairs]
    if len(set(across)) < 2:
        raise ValueError("a curve needs two different counts")
    middle_x, middle_y = sum(across) / len(pairs), sum(y for _, y in pairs) / len(pairs)
    return sum((x - middle_x) * (y - middle_y) for x, y in pairs) / sum((x - middle_x) ** 2 for x in across)
