"""When a UDM event happened, as every parser of Google SecOps writes it."""

from __future__ import annotations

from stagewatch.languages.base import Value
from stagewatch.telemetry.native import Native


def times(native: Native) -> dict[str, Value]:
    """``metadata.event_timestamp`` of an event: whole seconds since 1970 in UTC, and the rest in nanoseconds."""
    return {
        "metadata.event_timestamp.seconds": int(native.time.timestamp()),
        "metadata.event_timestamp.nanos": native.time.microsecond * 1000,
    }
