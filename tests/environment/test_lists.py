from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stagewatch.environment.lists import Rewriter
from stagewatch.findings import UsageError
from stagewatch.lists.model import Form, Lists, NamedList, Threshold
from tests.environment.site_pack import CLOUD_BURST, FILE, PROCESS, ROOT, SMB_FILE, TARGETS, Read, changed, text, usual


def rule(stem: str) -> str:
    return next((ROOT / "sigma").rglob(f"{stem}.yml")).read_text()


def scalars(rule_text: str) -> Counter[str]:
    """The values and keys of a rule, without comments and layout."""
    nodes = (node for document in yaml.compose_all(rule_text) for node in walk(document))
    return Counter(node.value for node in nodes if isinstance(node, yaml.ScalarNode))


def walk(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from (inner for part in pair for inner in walk(part))
    elif isinstance(node, yaml.SequenceNode):
        yield from (inner for part in node.value for inner in walk(part))


def test_without_changes_every_rule_keeps_its_text(read: Read) -> None:
    environment = read("[schedule]\nevery = '1h'")
    for path in (ROOT / "sigma").rglob("*.yml"):
        assert environment.rewrite(path.stem, path.read_text()) == path.read_text()


def test_an_added_value_is_in_the_rules_that_carry_the_list_and_in_no_other(read: Read) -> None:
    environment = read("[lists.web_roots.add]\npath = ['\\Sites\\']")
    carrying = 0
    for path in (ROOT / "sigma").rglob("*.yml"):
        before, after = path.read_text(), environment.rewrite(path.stem, path.read_text())
        carries = r"\ClientAccess\ecp" in before
        assert scalars(after) - scalars(before) == Counter({"\\Sites\\": 1} if carries else {})
        assert scalars(before) - scalars(after) == Counter()
        assert carries or after == before
        carrying += carries
    assert carrying >= 2


def test_a_removed_value_is_gone_and_nothing_else(read: Read) -> None:
    environment = read("[lists.archive_extensions.remove]\npath = ['.7z']")
    before, after = rule(FILE), environment.rewrite(FILE, rule(FILE))
    assert [line for line in before.splitlines() if line not in after.splitlines()] == [
        line for line in before.splitlines() if "'.7z'" in line
    ]
    assert set(after.splitlines()) <= set(before.splitlines())


def test_a_value_reaches_regular_expressions_as_one_more_alternative(read: Read) -> None:
    environment = read("[lists.staging_directories.add]\nargument = ['transfer[0-9]']")
    before, after = rule(PROCESS), environment.rewrite(PROCESS, rule(PROCESS))
    assert after != before
    assert after.replace("|transfer[0-9]", "") == before


def test_values_change_the_queries_of_every_target_that_reads_them(read: Read) -> None:
    found = changed(read("[lists.archive_extensions.add]\npath = ['.zpaq']"))
    carrying = [(stem, target) for stem in (FILE, SMB_FILE) for target in TARGETS]
    assert set(found) == {key for key in carrying if usual()[key].rendered}
    assert len(found) >= 12
    assert all("zpaq" in text(outcome) for outcome in found.values())


def test_a_threshold_and_a_timespan_change_their_correlation(read: Read) -> None:
    environment = read(f"[rules.{CLOUD_BURST}]\nthreshold = 77\ntimespan = '13m'")
    assert environment.rewrite(CLOUD_BURST, rule(CLOUD_BURST)) == rule(CLOUD_BURST).replace("10m", "13m").replace(
        "gte: 20", "gte: 77"
    )
    found = changed(environment)
    assert {stem for stem, _ in found} == {CLOUD_BURST}
    assert "Values >= 77" in text(found[CLOUD_BURST, "sentinel"])


WRONG = [
    ("[lists.web_root.add]\npath = ['x']", r":1: lists\.web_root: unknown list; did you mean web_roots\?"),
    ("[lists.web_roots]\nadded = {}", r":2: lists\.web_roots\.added: unknown key; did you mean add\?"),
    ("[lists.web_roots.add]\npaths = ['x']", r"lists\.web_roots\.add\.paths: unknown form; did you mean path\?"),
    ("[lists.web_roots.add]\npath = 'x'", r"add\.path: must be a list of texts, not a text"),
    ("[lists.web_roots.add]\npath = []", r"the list is empty"),
    ('[lists.web_roots.add]\npath = ["a\\nb"]', r"one line of text"),
    ("[lists.web_roots.add]\npath = ['\\ClientAccess\\ecp\\']", r"is in the list already"),
    ("[lists.web_roots.remove]\npath = ['\\nowhere\\']", r"is not in the list and cannot be removed"),
    ("[lists.web_roots.remove]\nargument = ['inetpub']", r"nothing would be left of the form argument"),
    ("[lists.web_roots.add]\nargument = ['a|b']", r"'a\|b' is not one alternative"),
    ("[lists.web_roots.add]\nargument = ['a)(b']", r"is not one alternative"),
    ("[lists.web_roots.add]\nargument = ['(a']", r"is not one alternative"),
    ("[lists.web_roots.add]\nargument = ['[a']", r"is not one alternative"),
    (f"[rules.{PROCESS}]\ntimespan = '5m'", rf":2: rules\.{PROCESS}\.timespan: .* is no correlation"),
    (f"[rules.{CLOUD_BURST}]\ntimespan = '0m'", r"is not a timespan such as"),
    (f"[rules.{CLOUD_BURST}]\ntimespan = '1M'", r"is not a timespan such as"),
    (f"[rules.{CLOUD_BURST}]\nthreshold = 0", r"0 is not between 1 and"),
    (f"[rules.{CLOUD_BURST}]\nthreshold = {{gte = 5}}", r"must be a whole number, not a table"),
    ("[rules.correlation_aws_rds_restored_and_modified]\nthreshold = 5", r"does not count, it has no threshold"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_what_the_lists_do_not_have_is_refused(content: str, message: str, read: Read) -> None:
    with pytest.raises(UsageError, match=message):
        read(content)


COLOURS = NamedList(
    "colours",
    "",
    "",
    (Form("path", frozenset({"Image|contains"}), ("red",)), Form("word", frozenset(), ("red", "blue"))),
)
GIVEN = Lists({"colours": COLOURS}, {"burst": Threshold("5m", {"gte": 3})})
WANTED = Lists(
    {"colours": NamedList("colours", "", "", (COLOURS.forms[0], Form("word", frozenset(), ("red", "blue", "own"))))},
    GIVEN.thresholds,
)

CARRIES = """\
detection:
    selection_colours:
        CommandLine|re: 'x(red|blue)y({other})'
    condition: selection_colours
"""


def test_a_group_of_the_rule_that_holds_the_added_value_is_not_overwritten() -> None:
    rewriter = Rewriter(GIVEN, WANTED)
    kept = CARRIES.format(other="else|more")
    assert rewriter.rewrite("stem", kept) == kept.replace("red|blue", "red|blue|own")
    with pytest.raises(UsageError, match="would change more of stem"):
        rewriter.rewrite("stem", CARRIES.format(other="own|more"))


def test_a_rule_that_is_not_as_its_lists_say_is_left_to_be_renewed() -> None:
    with pytest.raises(UsageError, match="stem cannot be changed, as it is not as the lists say"):
        Rewriter(GIVEN, WANTED).rewrite("stem", CARRIES.format(other="x").replace("red|blue", "blue|red"))


def test_a_foreign_rule_that_differs_in_another_way_is_left_alone() -> None:
    """Its differences are the same with the site's lists, so the site changes nothing of it."""
    foreign = "correlation:\n    timespan: 9m\n"
    assert Rewriter(GIVEN, WANTED).rewrite("foreign", foreign) == foreign


def test_the_hash_of_a_changed_rule_is_another(read: Read, tmp_path: Path) -> None:
    from stagewatch.pack import read_pack

    path = tmp_path / f"{CLOUD_BURST}.yml"
    path.write_text(rule("file_event_win_susp_data_file_in_web_root"))
    environment = read("[lists.web_roots.add]\npath = ['\\Sites\\']")
    before, after = (read_pack([path], rewrite).rules[0].source for rewrite in (None, environment.rewrite))
    assert before.sha256 != after.sha256
    assert (before.path, before.line, before.stem) == (after.path, after.line, after.stem)
