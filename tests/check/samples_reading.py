"""Samples of what is wrong with reading a rule."""

from __future__ import annotations

from tests.check.samples import RULE, Sample, detection, rule, text

OTHER = "9a3a1ac9-16b5-4b0c-a0a5-c3a3f5f0d2aa"

CORRELATION = """\
title: Many Archives
id: 0a4b2f0c-52ab-4f3a-8a0e-0d9d3c3c1f11
status: experimental
correlation:
    type: event_count
    rules:
        - {name}
    group-by:
        - User
    timespan: 10m
    condition:
        gte: 10
"""

FILTER = """\
title: Backup Hosts
id: 1a4b2f0c-52ab-4f3a-8a0e-0d9d3c3c1f11
logsource:
    category: process_creation
    product: windows
filter:
    rules:
        - {rule}
    selection:
        Computer: backup
    condition: not selection
"""

SAMPLES = {
    "SW001": Sample({"sigma/a.yml": b"title: a\0b\n" + b"#" * 1_100_000}, rule(), about="larger"),
    "SW002": (
        Sample({f"sigma/{RULE}": "title: a\n  b: c: d\n"}, rule(), line=2),
        Sample({f"sigma/{RULE}": text() + "level: low\n"}, rule(), about="duplicate key 'level'"),
    ),
    "SW003": (
        Sample({"sigma/a.yml": "- one\n- two\n"}, rule(), line=1),
        Sample({"sigma/a.yml": ""}, rule(), about="holds no rule"),
    ),
    "SW004": Sample(rule(level="hihg"), rule(level="high"), line=21),
    "SW005": Sample(
        detection("selection:\n    Image: a\ncondition: selection and other\n"),
        detection("selection:\n    Image: a\ncondition: selection\n"),
    ),
    "SW006": Sample(
        detection("selection:\n    Image|endswth: a\ncondition: selection\n"),
        detection("selection:\n    Image|endswith: a\ncondition: selection\n"),
        about="endswth",
    ),
    "SW007": Sample(rule("a_one.yml") | rule("b_two.yml"), rule("a_one.yml") | rule("b_two.yml", id=OTHER)),
    "SW008": (
        Sample(
            rule(name="archive") | {"sigma/correlation.yml": CORRELATION.format(name="archiv")},
            rule(name="archive") | {"sigma/correlation.yml": CORRELATION.format(name="archive")},
        ),
        Sample(
            rule(name="archive") | {"sigma/filter.yml": FILTER.format(rule="archiv")},
            rule(name="archive") | {"sigma/filter.yml": FILTER.format(rule="archive")},
            line=8,
        ),
    ),
}
