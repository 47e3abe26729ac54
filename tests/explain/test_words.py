"""Rules in plain words: detection in, exact sentence out."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.explain.helpers import described, explanation

CASES = {
    "one value of each shape": (
        r"""
        selection:
            Image|endswith: '\7z.exe'
            CommandLine|contains: ' a '
            ParentImage|startswith: 'C:\Users\'
            OriginalFileName: '7z.exe'
        condition: selection
        """,
        (
            r"The program's path (Image) ends in '\7z.exe', and the command line (CommandLine) contains ' a ', and the "
            r"parent's path (ParentImage) starts with 'C:\Users\', and the program's original file name "
            r"(OriginalFileName) is '7z.exe'."
        ),
    ),
    "alternatives, and a filter": (
        r"""
        selection:
            Image|endswith: ['\7z.exe', '\rar.exe']
            CommandLine|contains: 'Temp'
        filter:
            ParentImage: 'C:\Backup\agent.exe'
        condition: selection and not filter
        """,
        (
            r"The program's path (Image) ends in '\7z.exe' or '\rar.exe', and the command line (CommandLine) contains "
            r"'Temp'; but not where the parent's path (ParentImage) is 'C:\Backup\agent.exe'."
        ),
    ),
    "several filters": (
        """
        selection: {User: a}
        filter_a: {User: b}
        filter_b: {CommandLine|contains: c}
        condition: selection and not 1 of filter_*
        """,
        (
            "The account (User) is 'a'; but not where the account (User) is 'b', or the command line (CommandLine) "
            "contains 'c'."
        ),
    ),
    "a wildcard in the middle, and case": (
        r"""
        selection:
            Image: 'C:\\*\a?\*.exe'
            CommandLine|contains|cased: 'X'
        condition: selection
        """,
        (
            r"The program's path (Image) fits the pattern 'C:\*\a?\*.exe', and the command line (CommandLine) contains "
            "'X' (case matters)."
        ),
    ),
    "all of a list": (
        "selection: {CommandLine|contains|all: [' a ', ' -p']}\ncondition: selection",
        "The command line (CommandLine) contains ' a ' and ' -p'.",
    ),
    "regular expressions": (
        "selection: {CommandLine|re|i: ['a+', 'b+']}\ncondition: selection",
        "The command line (CommandLine) matches one of the regular expressions 'a+' or 'b+' (in any case).",
    ),
    "numbers": (
        "selection: {EventID: [1, 2], Size|gte: 5}\ncondition: selection",
        "The event's number (EventID) is 1 or 2, and Size is at least 5.",
    ),
    "a truth value": (
        "selection: {Initiated: true}\ncondition: selection",
        "Initiated is true.",
    ),
    "networks": (
        "selection: {DestinationIp|cidr: [10.0.0.0/8, 192.168.0.0/16]}\ncondition: selection",
        "The destination address (DestinationIp) is an address in 10.0.0.0/8 or 192.168.0.0/16.",
    ),
    "presence and absence": (
        "selection: {User|exists: true, Company|exists: false, Product: null}\ncondition: selection",
        (
            "The account (User) is present, and the program's company (Company) is absent, and the program's product "
            "name (Product) is absent or empty."
        ),
    ),
    "another field": (
        "selection: {User|fieldref: ParentUser}\ncondition: selection",
        "The account (User) is the same as the value of the parent's account (ParentUser).",
    ),
    "keywords": (
        "keywords: [one, two]\ncondition: keywords",
        "'one' or 'two' stands somewhere in the event.",
    ),
    "a negated item": (
        "selection: {User|neq: a}\ncondition: selection",
        "The account (User) is not 'a'.",
    ),
    "an empty value": (
        "selection: {User: ['', a]}\ncondition: selection",
        "The account (User) is empty or is 'a'.",
    ),
    "a long list": (
        "selection: {User: [a, b, c, d, e, f, g, h]}\ncondition: selection",
        "The account (User) is 'a', 'b', 'c', 'd', 'e' or 3 more.",
    ),
    "a list of mappings": (
        "selection: [{User: a}, {Image: b, CommandLine: c}]\ncondition: selection",
        "The account (User) is 'a', or (the program's path (Image) is 'b', and the command line (CommandLine) is 'c').",
    ),
    "a placeholder": (
        "selection: {User|expand: '%admins%'}\ncondition: selection",
        (
            "The account (User) is asked for something that no query can say yet: the placeholder %admins% has no "
            "value; resolve it with a pipeline (--pipeline)."
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_in_one_sentence(tmp_path: Path, name: str) -> None:
    detection, expected = CASES[name]
    assert described(tmp_path, detection).sentence == expected


def test_a_long_list_is_whole_where_all_is_asked_for(tmp_path: Path) -> None:
    from tests.explain.helpers import written

    path = written(tmp_path, "selection: {User: [a, b, c, d, e, f, g, h]}\ncondition: selection")
    told = explanation(path, full=True).bases[0].sentence
    assert told == "The account (User) is 'a', 'b', 'c', 'd', 'e', 'f', 'g' or 'h'."


def test_the_outline_has_a_line_for_each_detection_with_the_lines_of_the_file(tmp_path: Path) -> None:
    base = described(
        tmp_path,
        """
        selection_a:
            User:
                - x
                - y
        selection_b: {CommandLine|contains: z}
        filter: {Image: w}
        condition: all of selection_* and not filter
        """,
    )
    assert [(line.depth, line.text, line.lines) for line in base.outline] == [
        (0, "A program starts on Windows (windows/process_creation), and all of these hold:", None),
        (1, "selection_a: the account (User) is 'x' or 'y'", (7, 9)),
        (1, "selection_b: the command line (CommandLine) contains 'z'", (10, 10)),
        (0, "But not where this holds:", None),
        (1, "filter: the program's path (Image) is 'w'", (11, 11)),
    ]


def test_alternatives_of_the_condition_are_told_apart(tmp_path: Path) -> None:
    base = described(
        tmp_path,
        "a: {User: x}\nb: {User: y}\nc: {User: z}\ncondition: (a and not b) or c",
        category="file_event",
        product="linux",
    )
    assert [(line.depth, line.text) for line in base.outline] == [
        (0, "A file is created or written on Linux (linux/file_event), and at least one of these holds:"),
        (1, "all of these hold:"),
        (2, "a: the account (User) is 'x'"),
        (2, "this does not hold:"),
        (3, "b: the account (User) is 'y'"),
        (1, "c: the account (User) is 'z'"),
    ]


def test_what_the_condition_does_not_name_is_unused(tmp_path: Path) -> None:
    base = described(tmp_path, "a: {User: x}\nb: {User: y}\ncondition: a")
    assert [item.detection for item in base.described.unused] == ["b"]


BASES = """\
title: First
id: 11111111-1111-4111-8111-111111111111
name: first
logsource: {category: file_event, product: windows}
detection: {selection: {User: a}, condition: selection}
---
title: Second
id: 22222222-2222-4222-8222-222222222222
name: second
logsource: {category: file_event, product: windows}
detection: {selection: {User: b}, condition: selection}
---
title: Third
id: 33333333-3333-4333-8333-333333333333
correlation:
"""
"""Fifteen lines: a correlation section begins on line 16."""


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            "type: event_count\nrules: [first]\ngroup-by: [Computer]\ntimespan: 10m\ncondition: {gte: 20}",
            [("At least 20 events of the rule 'First' per Computer within 10 minutes.", (16, 20))],
        ),
        (
            "type: event_count\nrules: [first, second]\ntimespan: 1h\ncondition: {gt: 1}",
            [("More than 1 event of the rules 'First' and 'Second' within 1 hour.", (16, 19))],
        ),
        (
            (
                "type: value_count\nrules: [first]\ngroup-by: [Computer, User]\ntimespan: 90s\n"
                "condition: {gte: 3, field: TargetFilename}"
            ),
            [
                (
                    (
                        "At least 3 different TargetFilename in events of the rule 'First' per Computer and User "
                        "within 90 seconds."
                    ),
                    (16, 20),
                )
            ],
        ),
        (
            "type: temporal\nrules: [first, second]\ngroup-by: [Computer]\ntimespan: 1d",
            [
                ("Each of these rules at least once per Computer within 1 day, in any order:", (16, 19)),
                ("1. 'First'", (17, 17)),
                ("2. 'Second'", (17, 17)),
            ],
        ),
        (
            (
                "type: temporal_ordered\nrules:\n    - first\n    - second\ngroup-by: [who]\ntimespan: 5m\n"
                "aliases:\n    who: {first: User, second: Computer}"
            ),
            [
                ("Each of these rules at least once per who within 5 minutes, in this order:", (16, 21)),
                ("1. 'First'", (18, 18)),
                ("2. 'Second'", (19, 19)),
                ("who is User in first and Computer in second.", (23, 23)),
            ],
        ),
    ],
)
def test_a_correlation_in_words(tmp_path: Path, section: str, expected: list[tuple[str, tuple[int, int]]]) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(BASES + textwrap.indent(section, "    ") + "\n")
    told = explanation(path)
    assert [(line.text, line.lines) for line in told.outline] == expected
    assert [base.title for base in told.bases] == ["First", "Second"][: len(told.bases)]
