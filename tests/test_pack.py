from __future__ import annotations

import os
from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.pack import Pack, apply_filters, read_pack

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
name: a_rule
status: test
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\a.exe'
    condition: selection
level: low
"""

CORRELATION = """\
title: A correlation
correlation:
    type: event_count
    rules: [a_rule]
    group-by: [Computer]
    timespan: 5m
    condition: {gte: 3}
"""


def pack_of(folder: Path, **files: str | bytes) -> Pack:
    for name, content in files.items():
        path = folder / f"{name}.yml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_pack([folder])


def lines(pack: Pack) -> list[str]:
    return [str(finding).partition("/")[2] for finding in pack.findings]


def test_a_rule_with_its_source(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, one=RULE)
    assert pack.findings == []
    source = pack.rules[0].source
    assert (source.path, source.line, source.stem) == (f"{tmp_path.name}/one.yml", 1, "one")


def test_paths_do_not_depend_on_where_the_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "deep" / "one.yml").write_text(RULE)
    monkeypatch.chdir(tmp_path / "rules")
    named = [read_pack([path]).rules[0].source.path for path in (tmp_path / "rules", Path("../rules"), Path())]
    assert named == ["rules/deep/one.yml"] * 3
    assert read_pack([Path("deep/one.yml")]).rules[0].source.path == "one.yml"


def test_several_rules_in_a_file_are_numbered(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, two=f"{RULE}---\n{CORRELATION}")
    assert [entry.source.stem for entry in pack.rules] == ["two-1", "two-2"]
    assert pack.findings == []


def test_a_path_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        read_pack([tmp_path / "none"])


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("- a\n- b\n", 1, "not a Sigma rule: the document is no mapping"),
        ("just text\n", 1, "not a Sigma rule: the document is no mapping"),
        ("title: x\n", 1, "neither detection nor correlation nor filter"),
        (RULE.replace("    condition: selection\n", ""), 8, "the detection has no condition"),
        (RULE.replace("condition: selection", "condition: [1]"), 11, "a condition must be text"),
        (RULE.replace("condition: selection", "condition:"), 8, "the detection has no condition"),
        (
            RULE.replace("condition: selection", "condition: selection and"),
            11,
            "the condition 'selection and' cannot be read at character 14",
        ),
        (RULE.replace("condition: selection", "condition: selektion"), 11, "Detection 'selektion' not defined"),
        (RULE.replace("condition: selection", "condition: selection | count() > 5"), 11, "pipe syntax"),
        (RULE.replace("|endswith", "|endwith"), 8, "Unknown modifier 'endwith'"),
        (RULE.replace("level: low", "level: terrible"), 12, "terrible"),
        (RULE.replace("level: low", "level: [low]"), 12, "level must be text"),
        (RULE.replace("title: A rule", "title: 7"), 1, "title must be text"),
        (RULE.replace("id: 11111111-1111-4111-8111-111111111111", "id: not-a-uuid"), 2, "must be an UUID"),
        (RULE.replace("status: test", "status: fine"), 4, "fine"),
        (RULE.split("detection:", maxsplit=1)[0] + "detection: 7\n", 8, "detection must be a mapping"),
        (
            RULE.replace("        Image|endswith: '\\a.exe'", "        Image|re: '('"),
            8,
            "Regular expression '(' is invalid",
        ),
        (RULE.replace("    selection:", "    selection: {}\n    other:"), 8, "Detection is empty"),
        (RULE.replace("logsource:\n    category: process_creation\n    product: windows\n", ""), 1, "log source"),
        (RULE.replace("    category: process_creation\n    product: windows\n", "    - x\n"), 5, "logsource"),
        (RULE.replace("detection:", "tags: 7\ndetection:"), 8, "tags fields must be a list"),
    ],
)
def test_a_bad_rule_is_one_finding_and_the_others_are_unharmed(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    pack = pack_of(tmp_path, bad=content, good=RULE)
    assert [entry.source.stem for entry in pack.rules] == ["good"]
    assert len(pack.findings) == 1, pack.findings
    finding = pack.findings[0]
    assert finding.path == f"{tmp_path.name}/bad.yml"
    assert message in finding.message
    assert finding.line == line
    assert "\n" not in str(finding)


def test_a_rule_id_used_twice(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, a=RULE, b=RULE.replace("name: a_rule", "name: b_rule"))
    assert [entry.source.stem for entry in pack.rules] == ["a"]
    folder = tmp_path.name
    message = f"b.yml:1: the id 11111111-1111-4111-8111-111111111111 is already used by {folder}/a.yml:1"
    assert lines(pack) == [message]


def test_a_file_name_used_twice_would_overwrite_a_query(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    (tmp_path / "x" / "same.yml").write_text(RULE)
    (tmp_path / "y" / "same.yml").write_text(RULE.replace("1111", "2222").replace("a_rule", "b_rule"))
    pack = read_pack([tmp_path])
    assert len(pack.rules) == 1
    assert "the file name same is already used by" in pack.findings[0].message


def test_a_correlation_that_names_a_missing_rule(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, correlation=CORRELATION)
    assert pack.rules == []
    assert lines(pack) == ["correlation.yml:1: correlation: Rule 'a_rule' not found in rule collection"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("type: event_count", "type: guess"), "no valid Sigma correlation type"),
        (("timespan: 5m", "timespan: 5 minutes"), "Timespan '5 minutes' is invalid"),
        (("condition: {gte: 3}", "condition: {gte: many}"), "no valid Sigma correlation condition count"),
        (("condition: {gte: 3}", "condition: [3]"), "condition definition must be"),
        (("rules: [a_rule]", "rules: 7"), "Rule reference must be"),
    ],
)
def test_a_bad_correlation_is_a_finding(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    pack = pack_of(tmp_path, correlation=CORRELATION.replace(*change), rule=RULE)
    assert [entry.source.stem for entry in pack.rules] == ["rule"]
    assert any(message in finding.message for finding in pack.findings), pack.findings


def test_binary_huge_and_deep_files_are_findings(tmp_path: Path) -> None:
    pack = pack_of(
        tmp_path, binary=bytes(range(256)) * 4, deep="[" * 99_999, good=RULE, huge="a: " + "x" * 2_000_000, empty=""
    )
    assert [entry.source.stem for entry in pack.rules] == ["good"]
    assert lines(pack) == [
        "binary.yml: not a text file",
        "deep.yml:1: nested deeper than 32 levels",
        "empty.yml: holds no rule",
        "huge.yml: larger than 1048576 bytes",
    ]


def test_a_symbolic_link_loop_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.yml").symlink_to(tmp_path / "self.yml")
    pack = pack_of(tmp_path, good=RULE)
    assert len(pack.rules) == 1
    assert lines(pack) == [
        "self.yml: cannot be read: Too many levels of symbolic links",
        "sub/up: a symbolic link that leads back to a folder above it",
    ]


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    assert lines(read_pack([tmp_path])) == ["pipe.yml: not a regular file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file, so a permission cannot be refused here")
def test_no_read_permission_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(RULE)
    (tmp_path / "secret.yml").chmod(0)
    assert lines(read_pack([tmp_path])) == ["secret.yml: cannot be read: Permission denied"]


def test_a_file_that_the_system_refuses_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.yml").write_text(RULE)

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    assert lines(read_pack([tmp_path])) == ["secret.yml: cannot be read: Permission denied"]


def test_a_title_with_newlines_and_separators_names_no_path(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, nasty=RULE.replace("title: A rule", 'title: "../../a\\n[x]\\\\b"'))
    assert pack.rules[0].source.stem == "nasty"
    assert pack.findings == []


FILTER = """\
title: Not that one
logsource: {category: process_creation, product: windows}
filter:
    rules: [a_rule]
    selection: {Image: 'C:\\a.exe'}
    condition: not selection
"""


def test_a_filter_changes_nothing_until_it_is_applied(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, filter=FILTER, rule=RULE)
    rule = pack.rules[0].rule
    assert rule.detection.condition == ["selection"]  # type: ignore[union-attr]
    apply_filters(pack, pack.filters)
    assert "not" in rule.detection.condition[0]  # type: ignore[union-attr]


def test_action_global_is_refused_and_not_half_read(tmp_path: Path) -> None:
    whole = RULE.replace("    product: windows\n", "")
    pack = pack_of(tmp_path, old=f"action: global\nlogsource: {{product: windows}}\n---\n{whole}")
    assert lines(pack) == ["old.yml:1: action: global is not supported; write each rule of the file in full"]
    assert pack.rules == []


def test_a_rule_named_twice_in_a_correlation_would_be_counted_twice(tmp_path: Path) -> None:
    twice = CORRELATION.replace("[a_rule]", "[a_rule, 11111111-1111-4111-8111-111111111111]")
    pack = pack_of(tmp_path, correlation=twice, rule=RULE)
    message = "correlation: Rule '11111111-1111-4111-8111-111111111111' is named twice"
    assert lines(pack) == [f"correlation.yml:1: {message}"]


def test_a_filter_that_names_a_missing_rule(tmp_path: Path) -> None:
    text = (
        "title: F\nlogsource: {category: process_creation, product: windows}\n"
        "filter: {rules: [absent, a_rule], a: {User: u}, condition: not a}\n"
    )
    pack = pack_of(tmp_path, rule=RULE, filter=text)
    apply_filters(pack, pack.filters)
    assert lines(pack) == ["filter.yml:1: the filter names the rule absent, which is not among the rules"]


def test_a_file_below_two_of_the_paths_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(RULE)
    pack = read_pack([tmp_path, tmp_path / "one.yml"])
    assert (len(pack.rules), pack.findings) == (1, [])


@pytest.mark.parametrize("name", [b"new\nline.yml", b"\xff.yml"])
def test_a_file_name_that_cannot_be_printed(name: bytes, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(name)).write_text(RULE)
    pack = read_pack([tmp_path])
    assert [finding.message for finding in pack.findings] == ["the file's name holds characters that cannot be printed"]
    assert str(pack.findings[0]).isprintable()
