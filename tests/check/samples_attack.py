"""Samples of a rule's tags of ATT&CK."""

from __future__ import annotations

from tests.check.samples import Sample, rule


def tagged(*tags: str) -> str:
    """The text of a section ``tags``."""
    return "\n" + "\n".join(f"    - {tag}" for tag in tags)


SAMPLES = {
    "SW031": Sample(rule(tags=tagged("attack.collection")), rule(tags=tagged("attack.t1074")), line=9),
    "SW032": Sample(
        rule(tags=tagged("attack.exfiltration", "attack.t1074.001")),
        rule(tags=tagged("attack.t1074.001", "attack.collection")),
        line=11,
        about="attack.collection",
    ),
    "SW033": (
        Sample(
            rule(tags=tagged("attack.collection", "attack.impact", "attack.t1074")),
            rule(tags=tagged("attack.collection", "attack.impact", "attack.t1074", "attack.t1485")),
            line=11,
            about="attack.impact",
        ),
    ),
    "SW034": (
        Sample(rule(tags=tagged("attack.lateral_movement", "attack.t1074")), rule(), line=10),
        Sample(rule(tags=tagged("attack.collection", "attack.t1074.1")), rule(tags=tagged("attack.g0016"))),
    ),
    "SW035": (
        Sample(rule(tags=tagged("detection.threat-hunting"), level="high"), rule(level="high"), line=20),
        Sample(
            rule(tags=tagged("detection.emerging-threats"), level="informational"),
            rule(tags=tagged("detection.emerging-threats"), level="high"),
        ),
    ),
}
