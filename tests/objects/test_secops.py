from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yaraast.yaral.enhanced_parser import EnhancedYaraLParser
from yaraast.yaral.parser import YaraLParser

from stagewatch.findings import one_line
from stagewatch.languages import yaral
from stagewatch.languages.yaral_syntax import read
from stagewatch.languages.yaral_udm import kind
from stagewatch.objects.base import Deployable
from stagewatch.objects.secops import objects, rule_name
from stagewatch.objects.secops_text import MOST_OUTCOMES, take_apart
from stagewatch.telemetry.secops import SCHEMA
from tests.objects.pack import deployables
from tests.objects.samples import described, expected, hostile_descriptions, hostile_value, made, of_value, sample
from tests.objects.schema import errors

OUTCOME = re.compile(r"\n\n  outcome:\n(.*?)\n\n  condition:\n", re.DOTALL)
ASSIGNED = re.compile(r"    \$(\w+) = (.+)")
NEEDED = {"author", "description", "rule_id", "rule_name", "severity", "priority", "type", "tactic", "technique"}


def text_of(rule: Deployable) -> str:
    return objects([rule]).files[f"rules/{rule_name(rule)}.yaral"].decode()


def outcomes_of(text: str) -> dict[str, str]:
    """The outcome section, which stands between the match or events section and the condition."""
    [section] = OUTCOME.findall(text)
    found = [ASSIGNED.fullmatch(line) for line in section.split("\n")]
    assert all(found), section
    return {match[1]: match[2] for match in found if match}


def without_outcome(text: str) -> str:
    return OUTCOME.sub(lambda _: "\n\n  condition:\n", text)


def placeless(node: Any) -> Any:
    """A syntax tree without the places of its nodes."""
    if isinstance(node, tuple):
        return tuple(map(placeless, node))
    if hasattr(node, "__slots__") and type(node).__module__.startswith("stagewatch"):
        fields = {name: getattr(node, name) for name in node.__slots__ if name not in ("place", "last_line")}
        return type(node).__name__, {name: placeless(value) for name, value in fields.items()}
    return node


def third_party_problems(text: str) -> list[str]:
    """What yaraast's parsers and validator say of the whole rule, outcome included."""
    bare = without_outcome(text)
    passed = yaral._false_reports(read(bare))
    return [str(problem) for problem in yaral._third_party(text, read(bare)) if not _passed(str(problem), passed)]


def _passed(problem: str, passed: frozenset[tuple[str, str]]) -> bool:
    return any(problem == f"yaraast: {section}: {message}" for section, message in passed)


def meta_of(text: str) -> dict[str, str]:
    [rule] = EnhancedYaraLParser(text).parse().rules
    [again] = YaraLParser(text).parse().rules
    entries = [(entry.key, entry.value) for entry in rule.meta.entries]
    assert entries == [(entry.key, entry.value) for entry in again.meta.entries]
    assert len(dict(entries)) == len(entries)
    return dict(entries)


def texts() -> Iterator[tuple[Deployable, str]]:
    for rule in deployables("secops"):
        yield rule, text_of(rule)


def test_the_samples_give_these_bytes() -> None:
    assert made("secops").files == expected("secops")


def test_every_rule_of_the_pack_has_an_object() -> None:
    rules = deployables("secops")
    result = objects(rules)
    assert result.refused == {}
    assert result.of.keys() == {rule.description.stem for rule in rules}
    assert {path for paths in result.of.values() for path in paths} == result.files.keys()


def test_every_rule_is_accepted_by_both_grammars_and_the_validator() -> None:
    for rule, text in texts():
        assert third_party_problems(text) == [], rule.description.stem
        assert yaral.LANGUAGE.parse(without_outcome(text)) == [], rule.description.stem
        assert yaral.LANGUAGE.check(without_outcome(text), SCHEMA) == [], rule.description.stem


def test_every_rule_asks_what_its_query_asks() -> None:
    for rule, text in texts():
        bare, whole = read(rule.rendered.files[".yaral"]), read(without_outcome(text))
        for part in ("events", "match", "condition", "options"):
            assert placeless(getattr(whole, part)) == placeless(getattr(bare, part)), rule.description.stem


def test_every_outcome_is_a_field_that_udm_has_once() -> None:
    for rule, text in texts():
        found, windowed = outcomes_of(text), read(without_outcome(text)).match is not None
        assert 3 <= len(found) <= MOST_OUTCOMES
        assert re.fullmatch(r"max\(\d+\)" if windowed else r"\d+", found["risk_score"])
        for name, value in found.items():
            field = re.fullmatch(r"(array_distinct|count_distinct)?\(?\$(\w+)\.([\w.]+)\)?", value)
            if field is not None:
                assert kind(SCHEMA, field[3]).root == "", (rule.description.stem, name)
                assert bool(field[1]) == windowed


def test_no_outcome_takes_a_name_of_the_rule() -> None:
    for rule, text in texts():
        bare = take_apart(rule.rendered.files[".yaral"])
        assert not outcomes_of(text).keys() & (bare.placeholders | bare.fields.keys())


def test_a_placeholder_named_as_the_risk_score_is_refused() -> None:
    rule = sample("secops", "correlation")
    files = {".yaral": rule.rendered.files[".yaral"].replace("$computer", "$risk_score")}
    result = objects([replace(rule, rendered=replace(rule.rendered, files=files))])
    assert "risk_score" in result.refused["correlation_win_sample_archives"]
    assert result.files == {"rule_config.yaml": b"{}\n"}


def test_the_meta_section_is_whole_and_in_googles_style() -> None:
    for rule, text in texts():
        meta, about = meta_of(text), rule.description
        assert meta.keys() >= NEEDED, about.stem
        assert meta["rule_id"] == f"mr_{about.id}"
        assert meta["technique"].split(", ") == [one.id for one in about.techniques]
        assert "\t" not in text
        assert not re.search(r"[ ]$", text, re.MULTILINE)
        assert text.endswith("\n}\n")


def test_content_manager_finds_each_rule_by_its_file() -> None:
    result = objects(deployables("secops"))
    config = yaml.safe_load(result.files["rule_config.yaml"])
    assert errors("secops_rule_config", config) == []
    stems = set()
    for path, content in result.files.items():
        if path.endswith(".yaral"):
            stem = path.removeprefix("rules/").removesuffix(".yaral")
            # How rules.py of Content Manager finds the name: the first match in the text.
            found = re.search(r"rule(\s+)([A-Za-z0-9_]+)[\r\n\s]*", content.decode())
            assert found is not None
            assert found[2] == stem
            stems.add(stem)
    assert config.keys() == stems
    assert not any(entry["enabled"] or entry["alerting"] for entry in config.values())


@pytest.mark.parametrize(
    ("seconds", "frequency"), [(None, "LIVE"), (3599, "LIVE"), (3600, "HOURLY"), (86400, "HOURLY")]
)
def test_windows_of_an_hour_run_hourly(seconds: int | None, frequency: str) -> None:
    rule = described(sample("secops", "file"), timespan=seconds, enabled=True)
    assert yaml.safe_load(objects([rule]).files["rule_config.yaml"]) == {
        "file_event_win_sample_archive": {"alerting": True, "enabled": True, "run_frequency": frequency}
    }


@pytest.mark.parametrize("stem", ["events", "Rule", "null", "on"])
def test_a_word_of_a_language_is_no_name(stem: str) -> None:
    result = objects([described(sample("secops", "file"), stem=stem)])
    [name] = yaml.safe_load(result.files["rule_config.yaml"])
    assert isinstance(name, str)
    assert f"rules/{name}.yaral" in result.files
    assert yaral.LANGUAGE.parse(without_outcome(result.files[f"rules/{name}.yaral"].decode())) == []


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("stem", ["proc", "correlation"])
def test_any_text_is_read_back_from_meta(stem: str, data: st.DataObject) -> None:
    rule = data.draw(hostile_descriptions(sample("secops", stem)))
    text, about = text_of(rule), rule.description
    assert yaral.LANGUAGE.parse(without_outcome(text)) == []
    assert third_party_problems(text) == []
    told = {
        "author": one_line(about.author),
        "description": one_line(about.summary),
        "rule_name": one_line(about.title),
        "false_positives": one_line("; ".join(about.false_positives)),
        "reference": one_line(", ".join(about.references)),
    }
    meta = meta_of(text)
    assert {key: meta.get(key, "") for key in told} == told


@given(hostile_value)
@settings(deadline=None)
def test_any_value_stays_in_its_predicate(value: str) -> None:
    rule = of_value("secops", value)
    if rule is not None:
        bare, whole = read(rule.rendered.files[".yaral"]), read(without_outcome(text_of(rule)))
        assert placeless(whole.events) == placeless(bare.events)
        assert take_apart(rule.rendered.files[".yaral"]).fields.keys() == {"e"}
