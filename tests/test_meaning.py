"""What does and what does not change a rule's meaning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sigma.collection import SigmaCollection

from stagewatch.meaning import meaning

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
status: test
description: What it finds.
author: A. Uthor
date: 2026-01-01
references: [https://example.org/]
tags: [attack.collection, attack.t1074.001]
logsource: {category: process_creation, product: windows}
detection:
    selection_tool:
        Image|endswith: ['\\\\7z.exe', '\\\\rar.exe']
        CommandLine|contains: [' a ', ' -p']
    selection_place:
        CommandLine|re: 'temp[0-9]+'
        Port|gt: 1024
    filter_main_parent:
        ParentImage|startswith: 'C:\\\\Windows\\\\'
        Address|cidr: [10.0.0.0/8, 192.168.0.0/16]
    condition: all of selection_* and not 1 of filter_main_*
falsepositives: [Backups]
level: low
"""

CORRELATION = """\
title: Many
id: 22222222-2222-4222-8222-222222222222
name: many
status: test
correlation:
    type: event_count
    rules: [base, other]
    group-by: [Computer, User]
    timespan: 5m
    condition: {gte: 5}
level: high
"""

COUNT = CORRELATION.replace("event_count", "value_count").replace("{gte: 5}", "{field: Image, gte: 5}")
ORDERED = CORRELATION.replace("event_count", "temporal_ordered").replace("    condition: {gte: 5}\n", "")
ALIASED = CORRELATION.replace(
    "    timespan", "    aliases: {who: {base: User, other: SubjectUserName}}\n    timespan"
).replace("[Computer, User]", "[who]")

BASE = RULE.replace("title: A rule", "title: Base\nname: base")
OTHER = RULE.replace("title: A rule", "title: Other\nname: other").replace("1111", "3333").replace("rar.exe", "zip.exe")


def of(*texts: str) -> str:
    """The meaning of the last rule."""
    collection = SigmaCollection.from_dicts([yaml.safe_load(text) for text in texts])
    wanted = yaml.safe_load(texts[-1])["id"]
    return meaning(next(rule for rule in collection.rules if str(rule.id) == wanted))


def of_correlation(text: str, base: str = BASE, other: str = OTHER) -> str:
    return of(base, other, text)


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def test_a_meaning_is_the_same_each_time() -> None:
    assert of(RULE) == of(RULE)
    assert len(of(RULE)) == 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A rule", "title: Another name"),
        ("id: 11111111-1111-4111-8111-111111111111", "id: 99999999-9999-4999-8999-999999999999"),
        ("status: test", "status: stable"),
        ("description: What it finds.", "description: Told better."),
        ("author: A. Uthor", "author: B. Uthor"),
        ("date: 2026-01-01", "date: 2026-01-01\nmodified: 2026-06-01"),
        ("[https://example.org/]", "[https://example.org/more]"),
        ("attack.t1074.001", "attack.t1074.002"),
        ("falsepositives: [Backups]", "falsepositives: [Backups, Installers]"),
        ("detection:\n", "detection:  # a comment\n"),
        ("    selection_tool:", "    selection_archiver:"),
        ("    filter_main_parent:", "    filter_main_windows:"),
        ("['\\\\7z.exe', '\\\\rar.exe']", "['\\\\rar.exe', '\\\\7z.exe']"),
        ("[' a ', ' -p']", "[' -p', ' a ']"),
        ("[10.0.0.0/8, 192.168.0.0/16]", "[192.168.0.0/16, 10.0.0.0/8]"),
        ("all of selection_* and not 1 of filter_main_*", "not 1 of filter_main_* and all of selection_*"),
        ("all of selection_* and", "selection_tool and selection_place and"),
        (
            "        CommandLine|re: 'temp[0-9]+'\n        Port|gt: 1024\n",
            "        Port|gt: 1024\n        CommandLine|re: 'temp[0-9]+'\n",
        ),
    ],
)
def test_what_does_not_change_the_meaning(old: str, new: str) -> None:
    assert of(changed(RULE, old, new)) == of(RULE)


def test_the_order_of_keys_and_detections_does_not_change_the_meaning() -> None:
    data = yaml.safe_load(RULE)
    detection = data.pop("detection")
    turned = {"detection": dict(reversed(detection.items())), **dict(reversed(data.items()))}
    assert of(yaml.safe_dump(turned, sort_keys=False)) == of(RULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'\\\\7z.exe'", "'\\\\7za.exe'"),
        ("'\\\\7z.exe', ", ""),
        ("[' a ', ' -p']", "[' a ', ' -p', ' -v']"),
        ("[' a ', ' -p']", "[' a ', ' -?']"),
        ("[' a ', ' -p']", "[' A ', ' -p']"),
        ("Image|endswith: [", "Image|contains: ["),
        ("Image|endswith: [", "OriginalFileName|endswith: ["),
        ("CommandLine|contains: [", "CommandLine|contains|all: ["),
        ("CommandLine|contains: [", "CommandLine|contains|cased: ["),
        ("CommandLine|contains: [", "CommandLine|contains|windash: ["),
        ("temp[0-9]+", "temp[0-9]*"),
        ("CommandLine|re:", "CommandLine|re|i:"),
        ("Port|gt:", "Port|gte:"),
        ("Port|gt: 1024", "Port|gt: 1025"),
        ("10.0.0.0/8", "10.0.0.0/9"),
        ("        Port|gt: 1024\n", ""),
        ("        Port|gt: 1024\n", "        Port|gt: 1024\n        User: null\n"),
        ("        Port|gt: 1024\n", "        Port|gt: 1024\n        User|exists: true\n"),
        ("all of selection_*", "1 of selection_*"),
        ("and not 1 of", "and not all of"),
        ("and not 1 of", "or not 1 of"),
        (" and not 1 of filter_main_*", ""),
        ("category: process_creation", "category: file_event"),
        ("product: windows", "product: linux"),
        ("product: windows}", "product: windows, service: sysmon}"),
        ("level: low", "level: medium"),
        ("level: low\n", ""),
    ],
)
def test_what_changes_the_meaning(old: str, new: str) -> None:
    if old == "and not 1 of" and new == "and not all of":  # one filter alone is the same by either word
        rule = changed(RULE, "    condition", "    filter_main_user: {User: SYSTEM}\n    condition")
    else:
        rule = RULE
    assert of(changed(rule, old, new)) != of(rule)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Host: null", "Host: ''"),
        ("Host: a*", "Host: 'a\\*'"),
        ("Host: a*", "Host: 'a?'"),
        ("Host|exists: true", "Host|exists: false"),
        ("Host|exists: true", "Host: '*'"),
        ("Host|fieldref: Name", "Host: Name"),
        ("Host|fieldref: Name", "Host|fieldref|startswith: Name"),
        ("Host|fieldref: Name", "Host|fieldref: Other"),
        ("Host: 1", "Host: 2"),
        ("Host: true", "Host: false"),
        ("Host|re: a", "Host|contains: a"),
        ("Host|contains: ['ab', 'c']", "Host|contains: ['a', 'bc']"),
        ("Host|lt: 5", "Host|lte: 5"),
    ],
)
def test_two_conditions_that_differ(first: str, second: str) -> None:
    rules = [
        f"title: x\nid: {'1' * 8}-1111-4111-8111-{'1' * 12}\nlogsource: {{product: windows}}\n"
        f"detection: {{selection: {{{one}}}, condition: selection}}\n"
        for one in (first, second)
    ]
    assert of(rules[0]) != of(rules[1])


def test_keywords_have_a_meaning() -> None:
    rule = "title: x\nid: {i}\nlogsource: {{product: linux}}\ndetection: {{k: [{k}], condition: k}}\n"
    one, turned, other = (rule.format(i=f"{'1' * 8}-1111-4111-8111-{'1' * 12}", k=k) for k in ("a, b", "b, a", "a, c"))
    assert of(one) == of(turned) != of(other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Many", "title: Very many"),
        ("name: many", "name: lots"),
        ("timespan: 5m", "timespan: 300s"),
        ("[Computer, User]", "[User, Computer]"),
        ("[base, other]", "[other, base]"),
    ],
)
def test_what_does_not_change_a_correlations_meaning(old: str, new: str) -> None:
    assert of_correlation(changed(CORRELATION, old, new)) == of_correlation(CORRELATION)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timespan: 5m", "timespan: 10m"),
        ("gte: 5", "gte: 6"),
        ("gte: 5", "gt: 5"),
        ("[Computer, User]", "[Computer]"),
        ("[Computer, User]", "[Computer, Image]"),
        ("    group-by: [Computer, User]\n", ""),
        ("[base, other]", "[base]"),
        ("event_count", "temporal"),
        ("level: high", "level: medium"),
    ],
)
def test_what_changes_a_correlations_meaning(old: str, new: str) -> None:
    assert of_correlation(changed(CORRELATION, old, new)) != of_correlation(CORRELATION)


def test_the_counted_field_changes_a_correlations_meaning() -> None:
    assert of_correlation(changed(COUNT, "field: Image", "field: User")) != of_correlation(COUNT)


def test_an_alias_changes_a_correlations_meaning() -> None:
    assert of_correlation(changed(ALIASED, "base: User", "base: LogonId")) != of_correlation(ALIASED)


def test_the_order_of_rules_is_part_of_an_ordered_correlation() -> None:
    assert of_correlation(changed(ORDERED, "[base, other]", "[other, base]")) != of_correlation(ORDERED)


@pytest.mark.parametrize("correlation", [CORRELATION, COUNT, ORDERED, ALIASED])
def test_a_base_rules_meaning_is_part_of_the_correlations(correlation: str) -> None:
    known = of_correlation(correlation)
    assert of_correlation(correlation, base=changed(BASE, "' -p'", "' -hp'")) != known
    assert of_correlation(correlation, other=changed(OTHER, "zip.exe", "tar.exe")) != known
    assert of_correlation(correlation, base=changed(BASE, "title: Base", "title: Other words")) == known


def test_a_correlation_by_name_and_by_id_is_the_same() -> None:
    by_id = changed(CORRELATION, "[base, other]", "[11111111-1111-4111-8111-111111111111, other]")
    assert of_correlation(by_id) == of_correlation(CORRELATION)


VALUES = st.lists(st.text("ab*?\\ 1", min_size=1, max_size=4), min_size=1, max_size=4, unique=True)
NAMES = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=2, max_size=2, unique=True)


def built(
    first: list[str], second: list[str], names: list[str], title: str, build: Callable[[list[str]], list[str]]
) -> str:
    detection = {
        names[0]: {"A|contains": build(first)},
        names[1]: {"B|endswith": build(second)},
        "condition": f"{names[0]} or {names[1]}",
    }
    data = {"title": title, "id": "1" * 8 + "-1111-4111-8111-" + "1" * 12, "logsource": {"product": "windows"}}
    return yaml.safe_dump({**data, "detection": detection}, allow_unicode=True)


@given(VALUES, VALUES, NAMES, NAMES, st.text("abc é:#", min_size=1, max_size=8))
def test_names_order_and_title_never_count(
    first: list[str], second: list[str], names: list[str], others: list[str], title: str
) -> None:
    rule = built(first, second, names, "A", list)
    assert of(built(first, second, others, f"x{title}", lambda values: values[::-1])) == of(rule)


PLAIN = st.lists(st.text("ab1 ", min_size=1, max_size=3), min_size=1, max_size=3, unique=True)
"""Without wildcards: ``*a`` and ``a`` under ``contains`` are the same."""


@given(PLAIN, PLAIN, PLAIN)
def test_other_values_always_count(first: list[str], second: list[str], third: list[str]) -> None:
    names = ["alpha", "beta"]
    same = set(third) == set(first)
    assert (of(built(third, second, names, "A", list)) == of(built(first, second, names, "A", list))) == same
