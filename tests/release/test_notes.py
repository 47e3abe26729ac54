from __future__ import annotations

import copy
from typing import Any

import pytest

from stagewatch.release.edition import edition
from stagewatch.release.notes import notes


def on(query: str, content: str | None = None, status: str = "ok", stem: str = "a") -> dict[str, Any]:
    """A rule on a platform: ``query`` and ``content`` stand for hashes."""
    one: dict[str, Any] = {"files": {f"splunk/queries/{stem}.spl": query}, "status": status}
    if content is not None:
        one["objects"] = {f"splunk/searches/{stem}.conf": content, "splunk/app.spl": "app"}
    return one


def rule(stem: str, identifier: str = "", **changes: Any) -> dict[str, Any]:
    return {
        "id": identifier or f"id-{stem}",
        "level": "low",
        "stem": stem,
        "targets": {"splunk": on("q1", "o1", stem=stem), "elastic": on("q1", "o1", stem=stem)},
        "title": f"Title {stem.upper()}",
        "version": 1,
        **changes,
    }


def manifest(*rules: dict[str, Any], release: str | None = None) -> dict[str, Any]:
    return {"rules": copy.deepcopy(list(rules)), **({"release": release} if release else {})}


def written(before: dict[str, Any] | None, now: dict[str, Any]) -> list[str]:
    """The notes' lines up to the table of platforms."""
    text = notes("2.0.0", None if before is None else edition(before), edition(now))
    return [line for line in text.split("\n## Platforms\n")[0].splitlines() if line]


NOTHING = {"files": {}, "status": "unsupported"}


def test_nothing_changed() -> None:
    same = manifest(rule("a"), rule("b"), release="1.0.0")
    assert written(same, same) == ["# Stagewatch 2.0.0", "Since 1\\.0\\.0: no rule changed."]


def test_added_and_removed() -> None:
    assert written(manifest(rule("a"), rule("b"), release="1.0.0"), manifest(rule("b"), rule("c", version=3))) == [
        "# Stagewatch 2.0.0",
        "Since 1\\.0\\.0: 1 rule added, 1 rule removed.",
        "## Added",
        "- **Title C** (`c`), version 3, low: elastic, splunk",
        "## Removed",
        "- **Title A** (`a`)",
    ]


def test_an_added_rule_names_the_platforms_that_express_it() -> None:
    added = rule("c", targets={"splunk": on("q", status="degraded"), "elastic": NOTHING})
    lines = written(manifest(rule("a")), manifest(rule("a"), added))
    assert "- **Title C** (`c`), version 1, low: splunk (degraded)" in lines


def test_a_changed_rule() -> None:
    now = rule(
        "a", version=2, level="high", title="Other", targets={"splunk": on("q2", "o2"), "elastic": on("q1", "o2")}
    )
    assert written(manifest(rule("a"), rule("b"), release="1.0.0"), manifest(now, rule("b"))) == [
        "# Stagewatch 2.0.0",
        "Since 1\\.0\\.0: 1 rule changed.",
        "## Changed",
        "- **Other** (`a`)",
        "  - version 1 → 2",
        "  - level low → high",
        "  - its title was: Title A",
        "  - query changed on splunk",
        "  - object changed on elastic, splunk",
    ]


def test_a_renamed_rule_is_neither_added_nor_removed_and_its_query_is_the_same() -> None:
    assert written(manifest(rule("old", "i")), manifest(rule("new", "i", title="Title OLD"))) == [
        "# Stagewatch 2.0.0",
        "Since the build before: 1 rule renamed.",
        "## Renamed",
        "- `old` is now `new`",
    ]


def test_a_rule_without_id_is_known_by_its_stem() -> None:
    before, now = rule("a", level="low"), rule("a", level="high")
    assert "- **Title A** (`a`)" in written(manifest({**before, "id": None}), manifest({**now, "id": None}))


def test_platforms_gained_and_lost_and_degraded() -> None:
    before = rule("a", targets={"splunk": on("q"), "elastic": NOTHING, "sumo": on("q")})
    now = rule("a", targets={"splunk": NOTHING, "elastic": on("q"), "sumo": on("q", status="degraded")})
    assert written(manifest(before), manifest(now))[2:] == [
        "## Changed",
        "- **Title A** (`a`)",
        "  - now on elastic",
        "  - no longer on splunk",
        "  - sumo: ok → degraded",
    ]


def test_rules_whose_text_alone_changed_share_a_line() -> None:
    """After a change of the converter."""
    stems = ("a", "b", "c")
    before = manifest(*map(rule, stems))
    now = manifest(*map(rule, stems))
    for one in now["rules"][:2]:
        one["targets"]["splunk"]["files"] = {"x": "q2"}
    assert written(before, now) == [
        "# Stagewatch 2.0.0",
        "Since the build before: 2 rules with the same meaning in other text.",
        "## Same rule, other text",
        "- query changed on splunk: `a`, `b`",
    ]


def test_an_object_that_all_rules_share_changes_none_of_them() -> None:
    """An app is another file as soon as one of its rules is."""
    before, now = manifest(rule("a"), rule("b")), manifest(rule("a"), rule("b"))
    for one in now["rules"]:
        for target in one["targets"].values():
            target["objects"]["splunk/app.spl"] = "another app"
    assert written(before, now)[1:] == ["Since the build before: no rule changed."]
    alone = manifest(rule("a"))
    assert written(alone, now)[2:] == ["## Added", "- **Title B** (`b`), version 1, low: elastic, splunk"]
    assert written(now, alone)[2:] == ["## Removed", "- **Title B** (`b`)"]


def test_a_manifest_from_before_versions_and_objects() -> None:
    before = manifest(rule("a", targets={"splunk": on("q1"), "elastic": on("q1")}))
    del before["rules"][0]["version"]
    now = manifest(rule("a", version=1))
    assert written(before, now)[1:] == [
        "Since the build before: no rule changed.",
        "New for every rule: objects that the platforms import.",
    ]


def test_new_and_gone_platforms_are_told_once() -> None:
    before = manifest(rule("a", targets={"splunk": on("q1"), "old": on("q1")}))
    now = manifest(rule("a", targets={"splunk": on("q1"), "new": on("q1")}))
    assert written(before, now)[1:] == [
        "Since the build before: no rule changed.",
        "New platforms: new.",
        "Platforms no longer built: old.",
    ]


def test_the_first_release() -> None:
    assert written(None, manifest(rule("a"))) == [
        "# Stagewatch 2.0.0",
        "The first release: 1 rule.",
        "## Added",
        "- **Title A** (`a`), version 1, low: elastic, splunk",
    ]


def test_the_table_counts_statuses() -> None:
    rules = [
        rule("a", targets={"splunk": on("q")}),
        rule("b", targets={"splunk": on("q", status="degraded")}),
        rule("c", targets={"splunk": NOTHING}),
    ]
    text = notes("2.0.0", None, edition(manifest(*rules)))
    assert text.endswith("| platform | ok | degraded | unsupported |\n|---|---|---|---|\n| splunk | 1 | 1 | 1 |\n")


def test_the_order_of_the_manifests_does_not_matter() -> None:
    rules = [rule(stem) for stem in "abc"]
    one, other = manifest(*rules), manifest(*reversed(rules))
    assert written(None, one) == written(None, other)


@pytest.mark.parametrize("title", ["**bold**", "[a](javascript:b)", "<script>", "a\n# b", "@someone #12", "`x`"])
def test_a_title_stays_text(title: str) -> None:
    lines = written(None, manifest(rule("a", title=title)))
    assert len(lines) == 4
    assert title not in lines[-1]
