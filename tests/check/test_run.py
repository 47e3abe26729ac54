"""How checks are run: order, what is switched off, a check that breaks down, names that are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from stagewatch.check.codes import checks, codes, collected
from stagewatch.check.model import Check, Checked, Place, Remark
from stagewatch.check.run import Report, judged, read, run
from stagewatch.findings import UsageError
from stagewatch.layout import CheckSettings, Exclusion, read_layout
from tests.check.samples import SECTIONS, checked, rule, write

HERE = Place("sigma/a.yml", 3, 1)


def saying(*remarks: Remark) -> Check:
    def check(_checked: Checked) -> Iterable[Remark]:
        return remarks

    return check


def report(tmp_path: Path, *chosen: Check, settings: CheckSettings = CheckSettings()) -> Report:  # noqa: B008
    return judged(checked(rule(), tmp_path), chosen, settings, ())


def test_remarks_come_in_the_order_of_their_places_and_each_once(tmp_path: Path) -> None:
    later, other, first = (
        Remark("SW021", Place("sigma/a.yml", 10), "x"),
        Remark("SW011", Place("sigma/b.yml", 1), "x"),
        Remark("SW022", Place("sigma/a.yml", 2), "x"),
    )
    assert report(tmp_path, saying(other, later), saying(first, later)).remarks == (first, later, other)


def test_a_check_that_breaks_down_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    def broken(_checked: Checked) -> Iterator[Remark]:
        yield Remark("SW021", HERE, "before")
        raise KeyError("x\ny")

    found = report(tmp_path, broken, saying(Remark("SW022", HERE, "other")))
    assert [remark.message for remark in found.remarks] == ["before", "other"]
    assert found.defects == ("the check test_run.broken broke down: KeyError: 'x\\ny'",)


def test_a_mistake_of_the_user_is_no_defect(tmp_path: Path) -> None:
    def mistaken(_checked: Checked) -> Iterable[Remark]:
        raise UsageError("there is no docs/guides")

    with pytest.raises(UsageError):
        report(tmp_path, mistaken)


def test_what_is_switched_off_is_counted(tmp_path: Path) -> None:
    one, two, three = (Remark(f"SW02{n}", HERE, "x", rule="a") for n in (1, 2, 3))
    excluded = Exclusion("SW022", ("a",), "a reason")
    settings = CheckSettings(ignore=("SW021",), exclude=(excluded,))
    found = report(tmp_path, saying(one, two, three), settings=settings)
    assert found.remarks == (three,)
    assert found.ignored == 2


def test_an_exclusion_is_for_its_code_and_its_rules_alone(tmp_path: Path) -> None:
    mine, other = Remark("SW022", HERE, "x", rule="a"), Remark("SW022", HERE, "x", rule="b")
    settings = CheckSettings(exclude=(Exclusion("SW022", ("a",), "r"), Exclusion("SW021", ("b",), "r")))
    assert report(tmp_path, saying(mine, other), settings=settings).remarks == (other,)


def test_what_is_not_selected_is_not_counted(tmp_path: Path) -> None:
    one, two = (Remark(f"SW02{n}", HERE, "x") for n in (1, 2))
    found = report(tmp_path, saying(one, two), settings=CheckSettings(select=("SW021",)))
    assert (found.remarks, found.ignored) == ((one,), 0)


def test_modules_without_a_selected_code_are_not_run() -> None:
    chosen = {check.__module__ for check in checks(("SW031",))}
    assert chosen == {"stagewatch.check.rules_attack"}


def test_notes_alone_do_not_fail(tmp_path: Path) -> None:
    assert not report(tmp_path, saying(Remark("SW024", HERE, "x"))).fails
    assert report(tmp_path, saying(Remark("SW021", HERE, "x"))).fails


def test_two_codes_of_one_name_are_refused() -> None:
    code = next(iter(codes().values()))
    with pytest.raises(ValueError, match=f"called {code.name}"):
        collected([code, code])


def test_every_code_is_numbered_as_its_module_says() -> None:
    assert all(len(name) == 5 and name.startswith("SW") and name[2:].isdigit() for name in codes())
    assert all(code.title and not code.title.endswith(".") and code.why.endswith(".") for code in codes().values())


def test_every_rule_filter_and_document_is_looked_at(tmp_path: Path) -> None:
    text = "\n---\n".join(next(iter(rule(id=f"5f0c3a0e-2b7d-4a55-9d0c-0f3f5f5ad11{n}").values())) for n in (1, 2))
    found = checked({"sigma/a_two.yml": text}, tmp_path)
    assert [subject.places("level").line for subject in found.subjects] == [21, 44]
    assert [subject.document["level"] for subject in found.subjects] == ["medium", "medium"]


def test_paths_are_shown_from_the_root_wherever_the_rules_lie(tmp_path: Path) -> None:
    write({"deep/er/a_rule.yml": next(iter(rule().values()))}, tmp_path)
    write({"stagewatch.toml": 'rules = ["deep"]\n'}, tmp_path)
    (subject,) = read(read_layout(tmp_path)).subjects
    assert subject.places("level") == Place("deep/er/a_rule.yml", 21, 1)


def test_rules_named_are_checked_alone(tmp_path: Path) -> None:
    write({**rule("a_one.yml"), **rule("b_two.yml", id="9a3a1ac9-16b5-4b0c-a0a5-c3a3f5f0d2aa")}, tmp_path)
    found = read(read_layout(tmp_path), [tmp_path / "sigma/b_two.yml"])
    assert not found.whole
    assert [subject.places().path for subject in found.subjects] == ["sigma/b_two.yml"]


ODD = (
    "",
    "[]",
    "{}",
    "0",
    "-1.5",
    "true",
    "x",
    "[null]",
    "['']",
    "[{a: b}]",
    "{a: null}",
    "[x, x]",
    "'http://['",
    "2026-13-45",
)


@pytest.mark.parametrize("key", [*SECTIONS, "related", "fields", "modified", "name", "taxonomy", "license"])
def test_a_value_of_an_odd_type_breaks_no_check(key: str, tmp_path: Path) -> None:
    for number, odd in enumerate(ODD):
        identifier = f"5f0c3a0e-2b7d-4a55-9d0c-0f3f5f5ad{number:03}"
        write(rule(f"a_rule_{number}.yml", **{"id": identifier, key: odd}), tmp_path)
    found = run(read(read_layout(tmp_path)))
    assert found.files == len(ODD)
    assert found.defects == ()
