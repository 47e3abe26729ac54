"""The configuration of a repository: what it may say, and that each mistake is told with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.cli import main
from stagewatch.findings import UsageError
from stagewatch.layout import Exclusion, find_root, read_layout

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
level: low
"""

WHOLE = """\
rules = ["detections/windows", "detections/linux"]
filters = ["detections/filters/own.yml"]
fixtures = "qa"
guides = "docs/runbooks"
lists = "shared/lists"
versions = "qa/versions.json"
dist = "out"
pipelines = ["pipelines/site.yml"]
targets = ["splunk", "elastic"]
environment = "site.toml"

[check]
ignore = ["SW104"]
select = ["SW201", "SW104"]

[[check.exclude]]
code = "SW201"
rules = ["proc_creation_*", "detections/linux/*"]
reason = "Logs are small here"

[diff]
base = "origin/main"
events = ["qa/recorded"]
"""


def configured(root: Path, text: str, name: str = "stagewatch.toml") -> Path:
    (root / name).write_text(text, encoding="utf-8")
    return root


def test_without_a_configuration_the_layout_is_ours(tmp_path: Path) -> None:
    layout = read_layout(tmp_path)
    assert layout.rules == (tmp_path / "sigma",)
    assert (layout.fixtures, layout.guides) == (tmp_path / "tests/rules", tmp_path / "docs/guides")
    assert (layout.lists, layout.lock, layout.dist) == (
        tmp_path / "lists",
        tmp_path / "versions.json",
        tmp_path / "dist",
    )
    assert not layout.named


@pytest.mark.parametrize("project", [False, True])
def test_a_configuration_says_where_everything_is(project: bool, tmp_path: Path) -> None:
    if project:
        sections = WHOLE.replace("[diff]", "[tool.stagewatch.diff]").replace("[check", "[tool.stagewatch.check")
        sections = sections.replace("[[check", "[[tool.stagewatch.check")
        configured(tmp_path, f"[project]\nname = 'x'\n\n[tool.stagewatch]\n{sections}", "pyproject.toml")
    else:
        configured(tmp_path, WHOLE)
    layout = read_layout(tmp_path)
    assert [layout.shown(path) for path in layout.rules] == ["detections/windows", "detections/linux"]
    assert [layout.shown(path) for path in (*layout.filters, *layout.pipelines)] == [
        "detections/filters/own.yml",
        "pipelines/site.yml",
    ]
    named = (layout.fixtures, layout.guides, layout.lists, layout.lock, layout.dist, layout.environment)
    assert [layout.shown(path) for path in named if path] == [
        "qa",
        "docs/runbooks",
        "shared/lists",
        "qa/versions.json",
        "out",
        "site.toml",
    ]
    assert layout.targets == ("splunk", "elastic")
    assert layout.check.ignore == ("SW104",)
    assert layout.check.select == ("SW201", "SW104")
    assert layout.check.exclude == (
        Exclusion("SW201", ("proc_creation_*", "detections/linux/*"), "Logs are small here"),
    )
    assert layout.diff.base == "origin/main"
    assert layout.diff.events == (tmp_path / "qa/recorded",)
    assert layout.file == ("pyproject.toml" if project else "stagewatch.toml")


@pytest.mark.parametrize(
    ("stem", "path", "meant"),
    [
        ("proc_creation_win_x", "detections/windows/proc_creation_win_x.yml", True),
        ("file_x", "detections/linux/file_x.yml", True),
        ("file_x", "detections/windows/file_x.yml", False),
        ("x_proc_creation_", "detections/windows/x_proc_creation_.yml", False),
    ],
)
def test_an_exclusion_means_stems_and_paths(stem: str, path: str, meant: bool) -> None:
    exclusion = Exclusion("SW201", ("proc_creation_*", "detections/linux/*"), "why")
    assert exclusion.matches(stem, path) is meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nrule = ['x']", "stagewatch.toml:2: rule: unknown key; did you mean rules?"),
        ("rules = 'x'", "stagewatch.toml:1: rules: must be a list of texts, not a text"),
        ("rules = []", "stagewatch.toml:1: rules: the list is empty"),
        ("dist = 1", "stagewatch.toml:1: dist: must be a text in quotes, not a number"),
        ("rules = ['/etc']", "stagewatch.toml:1: rules: '/etc' must be a path below the root, with forward slashes"),
        ("\n\ndist = '../x'", "stagewatch.toml:3: dist: '../x' must be a path below the root, with forward slashes"),
        ("dist = 'a/../../x'", "stagewatch.toml:1: dist: 'a/../../x' must be a path below the root, with"),
        ("rules = ['.']", "stagewatch.toml:1: rules: '.' must be a path below the root, with forward slashes"),
        ("rules = ['C:x']", "stagewatch.toml:1: rules: 'C:x' must be a path below the root, with forward slashes"),
        (r"rules = ['a\b']", r"stagewatch.toml:1: rules: 'a\\b' must be a path below the root, with forward slashes"),
        ("guides = 'link'", "stagewatch.toml:1: guides: 'link' is a symbolic link that leads out of the repository"),
        ("guides = 'link/x'", "stagewatch.toml:1: guides: 'link/x' is a symbolic link that leads out of"),
        ("dist = 'sigma/out'", "stagewatch.toml:1: dist: the output folder sigma/out and `rules` lie in each other"),
        ("dist = 'tests'", "stagewatch.toml:1: dist: the output folder tests and `fixtures` lie in each other"),
        ("rules = ['dist/x']", "stagewatch.toml:1: rules: the output folder dist and `rules` lie in each other"),
        ("targets = ['splnk']", "stagewatch.toml:1: targets: unknown target 'splnk'; did you mean splunk?"),
        ("[check]\nignored = ['SW1']", "stagewatch.toml:2: check.ignored: unknown key; did you mean ignore?"),
        ("[check]\nignore = ['SW-1']", "stagewatch.toml:2: check.ignore: 'SW-1' is not a code such as SW201"),
        (
            "[[check.exclude]]\ncode = 'SW201'\nrules = ['a']\nreason = 'x'\n[[check.exclude]]\ncode = 'SW202'\n",
            "stagewatch.toml:5: check.exclude[2]: it lacks rules: a code, the rules",
        ),
        (
            "[[check.exclude]]\ncode = 'SW201'\nrules = ['a']\n",
            "stagewatch.toml:1: check.exclude[1]: it lacks reason: a code, the rules",
        ),
        ("[check]\nexclude = ['SW201']", "stagewatch.toml:2: check.exclude[1]: must be a table, not a text"),
        ("[diff]\nbase = '--output=x'", "stagewatch.toml:2: diff.base: '--output=x' is not a git revision"),
        ("[diff]\nevents = ['../x']", "stagewatch.toml:2: diff.events: '../x' must be a path below the root"),
        ("rules = [", "stagewatch.toml: not valid TOML: "),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(text: str, message: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(UsageError) as caught:
        read_layout(configured(root, text))
    assert str(caught.value).startswith(message)


def test_a_loop_of_symbolic_links_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    layout = read_layout(configured(tmp_path, "lists = 'loop/x'"))
    with pytest.raises(UsageError, match="there is no loop/x; `lists` in stagewatch"):
        layout.has("lists", layout.lists)


def test_two_configurations_are_one_too_many(tmp_path: Path) -> None:
    configured(tmp_path, "[tool.stagewatch]\ndist = 'out'\n", "pyproject.toml")
    configured(tmp_path, "dist = 'out'\n")
    with pytest.raises(UsageError, match=r"pyproject\.toml:1: tool\.stagewatch: there is a stagewatch\.toml too"):
        read_layout(tmp_path)


@pytest.mark.parametrize("text", ["[project]\nname = 'x'\n", "[tool.other]\nuses = 'stagewatch'\n", "this is no TOML"])
def test_a_project_that_configures_other_things_is_no_matter(text: str, tmp_path: Path) -> None:
    configured(tmp_path, text, "pyproject.toml")
    assert read_layout(tmp_path).named == frozenset()


def test_the_line_in_a_project_is_that_of_the_project(tmp_path: Path) -> None:
    configured(tmp_path, "[project]\nname = 'x'\n\n[tool.stagewatch]\ndits = 'x'\n", "pyproject.toml")
    with pytest.raises(UsageError, match=r"pyproject\.toml:5: tool\.stagewatch\.dits: unknown key; did you mean dist"):
        read_layout(tmp_path)


def test_a_configuration_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    other = tmp_path / "ci" / "strict.toml"
    other.write_text("rules = ['detections']\n")
    configured(tmp_path, "rules = ['other']\n")
    assert read_layout(tmp_path, other).rules == (tmp_path / "detections",)


@pytest.mark.parametrize(
    ("marker", "text"),
    [("stagewatch.toml", ""), ("pyproject.toml", "[tool.stagewatch]\n"), (".git", "gitdir: elsewhere")],
)
def test_the_root_is_the_nearest_folder_that_is_marked(marker: str, text: str, tmp_path: Path) -> None:
    below = tmp_path / "root" / "a" / "b"
    below.mkdir(parents=True)
    (below / "pyproject.toml").write_text("[project]\nname = 'stagewatch'\n")
    (tmp_path / "root" / marker).write_text(text)
    (tmp_path / "stagewatch.toml").write_text("")
    assert find_root(below) == tmp_path / "root"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A repository laid out otherwise than ours."""
    root = tmp_path / "root"
    for folder, rule in (("windows", RULE), ("linux", RULE.replace("1111", "2222").replace("windows", "linux"))):
        (root / "detections" / folder).mkdir(parents=True)
        (root / "detections" / folder / f"one_{folder}.yml").write_text(rule)
    return configured(root, 'rules = ["detections/windows", "detections/linux"]\ndist = "out"\ntargets = ["splunk"]\n')


def test_a_foreign_repository_is_built_from_its_own_folders(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(foreign / "detections" / "windows")
    assert main(["build", "--queries-only"]) == 0
    written = sorted(path.relative_to(foreign).as_posix() for path in foreign.glob("out/*/queries/*"))
    assert written == ["out/splunk/queries/one_linux.spl", "out/splunk/queries/one_windows.spl"]


def test_the_root_may_be_named_before_the_command(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(foreign), "--queries-only", "--target", "elastic"]) == 0
    assert sorted(path.name for path in (foreign / "out").iterdir()) == ["elastic", "manifest.json"]
    (foreign / "other.toml").write_text("rules = ['nowhere']\n")
    assert main([f"--root={foreign}", "--config", str(foreign / "other.toml"), "build"]) == 2
    told = (
        "stagewatch: there is no nowhere; `rules` in other.toml says where it is; name your rules with --rules PATH\n"
    )
    assert capsys.readouterr().err == told


def test_findings_name_the_file_from_the_root(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (foreign / "detections/linux/bad.yml").write_text("title: [\n")
    assert main(["--root", str(foreign), "build"]) == 1
    assert capsys.readouterr().err.startswith("detections/linux/bad.yml:")


def test_no_rule_is_read_from_outside_the_repository(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (foreign.parent / "secret").write_text("password: hunter2\n")
    (foreign / "detections/linux/bad.yml").symlink_to(foreign.parent / "secret")
    assert main(["--root", str(foreign), "build"]) == 1
    told = "detections/linux/bad.yml: a symbolic link that leads out of the repository"
    assert capsys.readouterr().err.splitlines() == [told]


def test_lists_are_carried_by_rules_of_several_folders(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(foreign, (foreign / "stagewatch.toml").read_text() + 'lists = "shared"\n')
    (foreign / "shared").mkdir()
    (foreign / "shared" / "words.yml").write_text(
        "words:\n    description: Words of an intruder\n    forms: {word: {keys: [CommandLine|contains]}}\n"
        "    entries:\n        - {word: staged, reason: Said by all}\n        - {word: hidden, reason: Said by some}\n"
    )
    for name in ("windows", "linux"):
        path = foreign / "detections" / name / f"one_{name}.yml"
        carried = "    selection_words:\n        CommandLine|contains:\n            - staged\n"
        text = path.read_text().replace("    selection: {CommandLine|contains: staged}\n", carried)
        path.write_text(text.replace("condition: selection", "condition: selection_words"))
    assert main(["--root", str(foreign), "lists"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == [
        "detections/windows/one_windows.yml",
        "detections/linux/one_linux.yml",
    ]
    assert main(["--root", str(foreign), "lists", "--renew"]) == 0
    assert "renewed detections/windows/one_windows.yml" in capsys.readouterr().out
    assert "hidden" in (foreign / "detections/linux/one_linux.yml").read_text()


def test_without_fixtures_prove_says_where_they_would_be(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(foreign), "prove"]) == 2
    assert capsys.readouterr().err == (
        "stagewatch: there is no tests/rules; `fixtures` in stagewatch.toml says where it is, or --fixtures DIR\n"
    )
