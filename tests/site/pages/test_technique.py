from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest

from stagewatch.site.behaviours import behaviours, signals
from stagewatch.site.model import Model, Page
from stagewatch.site.pages import technique
from stagewatch.site.pages.technique_tests import anchor
from stagewatch.site.techniques import TechniqueText
from tests.reference import matches
from tests.rules_pack.fixtures import detections
from tests.site.pages.reading import said, whole

TECHNIQUES = ("T1074", "T1074.001", "T1074.002")


@pytest.fixture(scope="module")
def pages(pack: Model) -> dict[str, Page]:
    return {page.path: page for page in technique.pages(pack)}


def told(pack: Model, identifier: str) -> TechniqueText:
    return next(one for one in pack.techniques if one.technique.id == identifier)


def test_each_technique_has_its_page_in_order(pages: dict[str, Page]) -> None:
    assert list(pages) == [f"techniques/{identifier}.html" for identifier in TECHNIQUES]
    assert [page.order for page in pages.values()] == sorted(page.order for page in pages.values())


@pytest.mark.parametrize("identifier", TECHNIQUES)
def test_every_rule_that_is_tagged_is_listed(pack: Model, pages: dict[str, Page], identifier: str) -> None:
    section = whole(pages[f"techniques/{identifier}.html"]).partition("{: #rules }")[2].partition("\n## ")[0]
    listed = set(re.findall(r'href="\.\./rules/([\w]+)\.html"', section))
    tag = f"attack.{identifier.lower()}"
    assert listed == {rule.stem for rule in pack.rules if tag in map(str, rule.entry.rule.tags)}


@pytest.mark.parametrize("identifier", TECHNIQUES)
def test_who_uses_it_is_named_with_a_link_to_attack(pack: Model, pages: dict[str, Page], identifier: str) -> None:
    shown = whole(pages[f"techniques/{identifier}.html"])
    known = [one for way in told(pack, identifier).ways for one in way.known]
    assert known
    for one in known:
        assert f'<a href="https://attack.mitre.org/{technique_folder(one.id)}/{one.id}/">' in shown
        assert one.name in shown


def technique_folder(identifier: str) -> str:
    return {"G": "groups", "C": "campaigns", "S": "software"}[identifier[0]]


def test_a_way_without_a_rule_says_why(pack: Model, pages: dict[str, Page]) -> None:
    left_out = {one.number: one.left_out for one in behaviours(pack) if one.left_out}
    asked = {number for way in told(pack, "T1074.001").ways for number in way.behaviours} & left_out.keys()
    assert asked
    for number in asked:
        assert left_out[number] in said(pages["techniques/T1074.001.html"])


def test_ways_name_behaviours_that_there_are(pack: Model) -> None:
    known = {one.number for one in behaviours(pack)}
    for one in pack.techniques:
        for way in one.ways:
            assert set(way.behaviours) <= known, (one.technique.id, way.name)


def test_filters_that_are_named_are_in_the_pack(pack: Model) -> None:
    stems = {one.stem for one in pack.filters}
    for one in pack.techniques:
        for benign in one.benign:
            assert not benign.filter or benign.filter in stems


def test_every_public_test_stands_on_one_page_with_its_events(pack: Model, pages: dict[str, Page]) -> None:
    listed = [test.name for one in pack.techniques for test in one.tests]
    assert sorted(listed) == sorted(pack.coverage["tests"])
    for one in pack.techniques:
        shown = whole(pages[one.path])
        for test in one.tests:
            section = shown.partition(f"{{: #{anchor(test.name)} }}")[2].partition("\n### ")[0].partition("\n## ")[0]
            found = signals(pack)[test.name]
            assert section.count('<article class="sw-event">') == len(found) > 0
            for signal in found:
                assert signal.finders, test.name


def test_events_are_found_where_the_proofs_say(pack: Model) -> None:
    found = {
        (signal.source, finder.rule.stem): finder.targets
        for signal in signals(pack)["seed T1074 test 2"]
        for finder in signal.finders
    }
    archive = found["Sysmon 11", "file_event_win_susp_archive_in_staging_directory"]
    assert "splunk" in archive
    assert "logscale" not in archive  # there is no query
    assert set(found["Sysmon 1", "proc_creation_win_susp_archiver_password"]) >= {"defender", "splunk", "logscale"}


def test_labels_of_events_go_without_the_name_of_the_test(pack: Model) -> None:
    labels = [signal.label for found in signals(pack).values() for signal in found]
    assert "xcopy.exe: xcopy to a hidden share" in labels
    assert not [label for label in labels if not label or "test " in label or label[0] in ",: "]


def commands(pack: Model) -> Iterator[tuple[str, str]]:
    """Test and command line, as the event of the process that the command starts has it."""
    for one in pack.techniques:
        for test in one.tests:
            for line in test.run.splitlines():
                yield test.name, line.replace("%TEMP%", "C:\\Users\\jdoe\\AppData\\Local\\Temp").replace("\\;", ";")


def test_commands_are_found_by_the_rules_that_the_page_names(pack: Model) -> None:
    """What the page has people run must be what the rules look for."""
    images = {
        "robocopy": ("C:\\Windows\\System32\\Robocopy.exe", "robocopy.exe"),
        "cmd": ("C:\\Windows\\System32\\cmd.exe", "Cmd.Exe"),
        "7z.exe": ("C:\\Program Files\\7-Zip\\7z.exe", "7z.exe"),
        "powershell.exe": ("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "PowerShell.EXE"),
        "attrib": ("C:\\Windows\\System32\\attrib.exe", "ATTRIB.EXE"),
        "net": ("C:\\Windows\\System32\\net.exe", "net.exe"),
        "xcopy": ("C:\\Windows\\System32\\xcopy.exe", "XCOPY.EXE"),
        "cp": ("/usr/bin/cp", ""),
        "find": ("/usr/bin/find", ""),
        "tar": ("/usr/bin/tar", ""),
    }
    tried = 0
    for test, line in commands(pack):
        tool = line.split()[0]
        if tool == "mkdir":
            continue
        image, original = images[tool]
        product = "linux" if image.startswith("/") else "windows"
        event = {
            "product": product, "category": "process_creation", "Image": image, "OriginalFileName": original,
            "CommandLine": line, "ParentImage": "C:\\Windows\\explorer.exe", "User": "CORP\\jdoe",
        }  # fmt: skip
        expected = [
            finder.rule.stem
            for signal in signals(pack)[test]
            if any(tool in value.lower() for _, value in signal.fields)
            for finder in signal.finders
            if finder.rule.stem.startswith("proc_creation")
        ]  # fmt: skip
        found = [stem for stem in expected if matches(detections()[stem], event)]
        assert found, (test, line, expected)
        tried += 1
    assert tried == 14


def test_a_rule_without_a_behaviour_is_listed_all_the_same(pack: Model, model: Model) -> None:
    page = next(iter(technique.pages(dataclasses.replace(model, techniques=pack.techniques))))
    assert "Others" in said(page)
    assert 'href="../rules/copy.html"' in whole(page)


def test_a_pack_without_texts_has_no_pages(model: Model) -> None:
    assert list(technique.pages(model)) == []
