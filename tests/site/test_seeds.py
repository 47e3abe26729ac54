"""The comparison with the public pages' queries, read as a file that somebody else may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewatch.findings import StagewatchError
from stagewatch.site.seeds import Columns, Tried, Unused, Without, read_seeds

ROOT = Path(__file__).resolve().parents[2]


def content() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ROOT / "docs" / "seeds.json").read_text(encoding="utf-8"))
    return data


def test_a_repository_without_a_comparison_has_none(tmp_path: Path) -> None:
    assert read_seeds(tmp_path / "seeds.json") is None


def test_everything_that_is_recorded_is_read() -> None:
    seeds = read_seeds(ROOT / "docs" / "seeds.json")
    assert seeds is not None
    assert [len(defect.tries) for defect in seeds.defects] == [len(one["tries"]) for one in content()["defects"]]
    kinds = {type(one) for defect in seeds.defects for one in defect.tries}
    assert kinds == {Tried, Columns, Unused, Without}
    first = seeds.defects[0].tries[0]
    assert isinstance(first, Tried)
    assert (first.page, first.repaired) == ("does not compile", "missed")
    assert first.ours == (("proc_creation_win_robocopy_xcopy_unc_path", "found"),)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("claims",), None, "not iterable"),
        (("claims", 0, "sorts"), {}, "it has no 'named'"),
        (("claims", 0, "rules"), "abc", "'abc' is no list"),
        (("defects", 0, "number"), "one", "invalid literal"),
        (("tests", 0), [], "list indices"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(
    tmp_path: Path, path: tuple[Any, ...], value: object, reason: str
) -> None:
    data = content()
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    file = tmp_path / "seeds.json"
    file.write_text(json.dumps(data))
    with pytest.raises(StagewatchError, match=reason) as raised:
        read_seeds(file)
    assert str(raised.value).startswith("docs/seeds.json holds no comparison: ")
    assert "\n" not in str(raised.value)


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seeds.json").write_text("[")
    with pytest.raises(StagewatchError, match="holds no comparison"):
        read_seeds(tmp_path / "seeds.json")
