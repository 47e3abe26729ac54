"""Whatever a rule says, its stanza reads back and nothing in it is evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stagewatch.findings import Unsupported
from stagewatch.languages.spl import LANGUAGE
from stagewatch.objects import splunk
from stagewatch.objects.guide import Guide
from stagewatch.objects.splunk_conf import NAME_LENGTH, block, search, search_name, stanza, text
from stagewatch.objects.splunk_stanza import cron
from tests.objects.samples import described, sample
from tests.objects.splunk_reader import AppInspectReader, appinspect_command, read
from tests.support import query, rule

NASTY = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "\\",
                "\n",
                "\r\n",
                "\n[default]\n",
                "\ndisabled = 0\n",
                "$Computer$",
                "$",
                "$$",
                "[[action|ping]]",
                "[",
                "#",
            ]
        ),
        st.sampled_from(
            [";", "`stagewatch_sysmon`", '"', "'", "=", " ", "\t", "\0", "\x0b", "\x85", "\u2028", "é", "{{"]
        ),
        st.text(max_size=5),
    ),
    max_size=8,
).map("".join)

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def vendor() -> Iterator[AppInspectReader]:
    command = appinspect_command()
    if command is None:
        pytest.skip("splunk-appinspect is not installed: set STAGEWATCH_APPINSPECT to its command")
    with AppInspectReader(command) as reader:
        yield reader


class TestTexts:
    @FEW
    @given(title=NASTY, description=NASTY, false_positive=NASTY, reference=NASTY, value=NASTY)
    def test_changes_no_setting_but_those_that_tell_it(
        self, title: str, description: str, false_positive: str, reference: str, value: str
    ) -> None:
        conf = _conf(title, description, false_positive, reference, value)
        _check(read(conf), read(_conf("a", "b", "c", "d", "e")))

    @FEW
    @given(title=NASTY, description=NASTY, false_positive=NASTY, reference=NASTY, value=NASTY)
    def test_reads_the_same_in_appinspects_parser(
        self,
        vendor: AppInspectReader,
        title: str,
        description: str,
        false_positive: str,
        reference: str,
        value: str,
    ) -> None:
        conf = _conf(title, description, false_positive, reference, value)
        assert vendor.read(conf) == read(conf)

    @FEW
    @given(NASTY)
    def test_is_told_in_full_but_for_dollars_a_last_backslash_and_what_cannot_be_printed(self, value: str) -> None:
        told = text(value)
        shown = "".join(char if char.isprintable() else " " for char in value).split()
        assert told.replace("＄", "$").split() == shown or told[-1] == "＼"
        if told.endswith("＼"):
            assert (told[:-1].replace("＄", "$") + "\\").split() == shown

    @FEW
    @given(NASTY)
    def test_of_several_lines_has_no_token_and_no_link_to_an_action(self, value: str) -> None:
        assert not re.search(r"\$|\[\[", block(value))


def _conf(title: str, description: str, false_positive: str, reference: str, value: str) -> str:
    rule = described(
        sample("splunk", "proc"),
        stem="x",
        title=title,
        text=description,
        false_positives=(false_positive,),
        references=(reference,),
        author=value,
        guide=Guide("", {"Steps": value}),
    )
    result = splunk.objects([replace(rule, degraded=(value,))])
    assert result.refused == {}
    return result.files["searches/x.conf"].decode()


def _check(found: dict[str, dict[str, str]], harmless: dict[str, dict[str, str]]) -> None:
    assert found.keys() == harmless.keys()
    ((settings,), (plain,)) = (found.values(), harmless.values())
    assert settings.keys() == plain.keys()
    telling = {
        "description",
        "action.correlationsearch.label",
        "action.notable.param.rule_title",
        "action.notable.param.rule_description",
        "action.notable.param.next_steps",
        "action.risk.param._risk_message",
    }
    for key, value in settings.items():
        assert key in telling or value == plain[key]
        assert re.findall(r"\$[^$]*\$?", value) == re.findall(r"\$[^$]*\$?", plain[key])
    assert "[[" not in json.loads(settings["action.notable.param.next_steps"])["data"]


class TestSearches:
    @FEW
    @given(st.sampled_from(["contains", "endswith", "re|i"]), NASTY.filter(str.strip))
    def test_reads_back_in_one_line_that_means_the_same(self, modifier: str, value: str) -> None:
        literal = json.dumps(re.escape(value) if modifier == "re|i" else value)
        bare = _query(f"selection: {{CommandLine|{modifier}: {literal}}}\ncondition: selection")
        if bare is None:
            return
        (settings,) = read(stanza("x", {"search": search(bare)})).values()
        assert settings["search"] == bare.replace("\n", " ")
        assert [str(problem) for problem in LANGUAGE.parse(settings["search"])] == LANGUAGE.parse(bare) == []

    def test_is_refused_with_a_line_break_inside_a_string(self) -> None:
        with pytest.raises(Unsupported, match="line break inside a string"):
            search('x="a\nb"')

    @pytest.mark.parametrize("value", ["x\\", "x\ny", "x\ry", " x", "x ", "x\0"])
    def test_a_value_that_would_not_read_back_is_refused(self, value: str) -> None:
        with pytest.raises(Unsupported, match="the value of key cannot stand"):
            stanza("x", {"key": value})

    def test_a_rule_whose_search_is_refused_is_told(self) -> None:
        rule = sample("splunk", "proc")
        ends_so = replace(rule, rendered=replace(rule.rendered, files={".spl": "`stagewatch_sysmon` x\\\\"}))
        assert splunk.objects([ends_so]).refused == {
            rule.description.stem: "the value of search cannot stand in a .conf file: '`stagewatch_sysmon` x\\\\\\\\'"
        }


def _query(detection: str) -> str | None:
    """The query, or None for a value that is no rule's or that Splunk's target refuses."""
    from sigma.exceptions import SigmaError

    try:
        return query("splunk", rule(detection))
    except (AssertionError, SigmaError):
        return None


class TestNames:
    def test_is_the_stem(self) -> None:
        assert search_name("proc_creation_x", "0" * 36) == "Stagewatch - proc_creation_x - Rule"

    @given(NASTY.filter(lambda stem: "\n" not in stem))
    def test_has_no_character_that_a_stanza_or_an_address_ends_at(self, stem: str) -> None:
        name = search_name(stem, "0123456789")
        assert len(name) <= NAME_LENGTH
        assert list(read(f"[{name}]\n")) == [name]
        assert not re.search(r"[\[\]/:\\\n\r]", name)

    def test_stems_that_look_alike_after_cleaning_keep_two_names(self) -> None:
        assert search_name("a[b]", "11111111-") != search_name("a]b[", "22222222-")

    def test_a_long_stem_is_cut_and_told_apart(self) -> None:
        assert search_name("a" * 100, "12345678-1") == f"Stagewatch - {'a' * 52}_12345678 - Rule"


class TestCron:
    @pytest.mark.parametrize(
        ("every", "expected"),
        [
            (300, "*/5 * * * *"),
            (1500, "*/20 * * * *"),
            (3599, "*/30 * * * *"),
            (3600, "0 * * * *"),
            (5 * 3600, "0 */4 * * *"),
            (86400, "0 0 * * *"),
        ],
    )
    def test_runs_at_least_so_often_and_at_equal_distances(self, every: int, expected: str) -> None:
        assert cron(every) == expected
