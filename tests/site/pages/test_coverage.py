from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from stagewatch.site.behaviours import behaviours
from stagewatch.site.model import Model, Page
from stagewatch.site.navigator import PATH, layer
from stagewatch.site.pages import coverage
from stagewatch.site.pages.coverage_platform import LOST
from stagewatch.targets import TARGETS
from tests.site.pages.reading import raw, rows, said, whole


@pytest.fixture(scope="module")
def pages(pack: Model) -> dict[str, Page]:
    return {page.path: page for page in coverage.pages(pack)}


def statuses(pack: Model) -> dict[str, dict[str, str]]:
    """Stem -> target -> status, straight from the manifest."""
    return {
        rule["stem"]: {name: of["status"] for name, of in rule["targets"].items()} for rule in pack.manifest["rules"]
    }


def test_the_table_counts_what_the_manifest_says(pack: Model, pages: dict[str, Page]) -> None:
    status = statuses(pack)
    table = raw(pages["coverage/index.html"]).partition("{: #table }")[2].partition("\n## ")[0]
    told = {row[0]: row[1:] for row in rows(table)}
    assert len(told) == len(pack.coverage["behaviours"])
    for number, one in pack.coverage["behaviours"].items():
        stems = one.get("rules", [])
        cells = told[f"{number}. {one['name']}"]
        assert cells[0] == str(len(stems))
        for cell, target in zip(cells[1:], TARGETS, strict=True):
            have = [status[stem][target] for stem in stems if status[stem][target] in ("ok", "degraded")]
            part = have.count("degraded")
            assert cell == ("none" if not have else f"{len(have)} ({part})" if part else str(len(have)))


def test_the_picture_is_filled_as_the_manifest_says(pack: Model, pages: dict[str, Page]) -> None:
    status = statuses(pack)
    picture = re.search(r"<svg class=\"sw-svg\".*?</svg>", raw(pages["coverage/index.html"]), re.DOTALL)
    assert picture is not None
    listed = [one.get("rules", []) for one in pack.coverage["behaviours"].values()]
    expected = {
        kind: sum(any(status[stem][target] == kind for stem in stems) for stems in listed for target in TARGETS)
        for kind in ("ok", "degraded")
    }
    assert picture[0].count('class="sw-svg-ok"') == expected["ok"]
    assert picture[0].count('class="sw-svg-degraded"') == expected["degraded"]
    assert picture[0].count('class="sw-svg-none"') == sum(
        not any(status[stem][target] in expected for stem in stems) for stems in listed for target in TARGETS
    )
    heights = [float(one) for one in re.findall(r'class="sw-svg-ok"[^>]* height="([\d.]+)"', picture[0])]
    first = listed[0]
    share = sum(status[stem]["defender"] == "ok" for stem in first) / len(first)
    assert heights[0] == pytest.approx(13 * share, rel=0.01)


def test_the_picture_has_a_title_and_a_description(pages: dict[str, Page]) -> None:
    shown = whole(pages["coverage/index.html"])
    named = re.search(r'role="img" aria-labelledby="([\w-]+) ([\w-]+)"', shown)
    assert named is not None
    assert f'<title id="{named[1]}">' in shown
    assert f'<desc id="{named[2]}">' in shown


def test_behaviours_list_their_rules_and_states(pack: Model, pages: dict[str, Page]) -> None:
    status, words = statuses(pack), {"ok": "all", "degraded": "part", "unsupported": "none"}
    shown = raw(pages["coverage/behaviours.html"])
    for one in behaviours(pack):
        section = shown.partition(f"{{: #{one.anchor} }}")[2].partition("\n## ")[0]
        found = rows(section)
        assert [row[1:] for row in found] == [
            [words[status[rule.stem][target]] for target in TARGETS] for rule in one.rules
        ]
        assert one.rules or one.left_out


@pytest.mark.parametrize("target", TARGETS)
def test_a_platform_names_every_rule_that_it_lacks_and_every_reason(
    pack: Model, pages: dict[str, Page], target: str
) -> None:
    page = pages[f"coverage/{target}.html"]
    shown, links = said(page), set(re.findall(r'href="\.\./rules/(\w+)\.html"', whole(page)))
    lacking = {rule["stem"] for rule in pack.manifest["rules"] if rule["targets"][target]["status"] != "ok"}
    assert links == lacking
    for rule in pack.manifest["rules"]:
        for reason in rule["targets"][target]["reasons"]:
            cause, _, lost = reason.partition(LOST)
            assert " ".join(cause[1:].split()) in shown
            assert " ".join(lost.split()) in shown


TEXTS = {"type": "array", "minItems": 2, "items": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}}
DIVIDER = {"type": "object", "required": ["divider"], "additionalProperties": False,
           "properties": {"divider": {"type": "boolean"}}}  # fmt: skip
METADATA = {"type": "array", "items": {"oneOf": [DIVIDER, {
    "type": "object", "required": ["name", "value"], "additionalProperties": False,
    "properties": {"name": {"type": "string"}, "value": {"type": "string"}}}]}}  # fmt: skip
LINKS = {"type": "array", "items": {"oneOf": [DIVIDER, {
    "type": "object", "required": ["label", "url"], "additionalProperties": False,
    "properties": {"label": {"type": "string"}, "url": {"type": "string", "pattern": "^https://"}}}]}}  # fmt: skip

LAYER = {
    "type": "object", "required": ["name", "domain", "versions"], "additionalProperties": False,
    "properties": {
        "name": {"type": "string"}, "description": {"type": "string"},
        "domain": {"enum": ["enterprise-attack", "mobile-attack", "ics-attack"]},
        "versions": {"type": "object", "required": ["navigator", "layer"], "additionalProperties": False,
                     "properties": {"attack": {"type": "string"}, "layer": {"const": "4.5"},
                                    "navigator": {"type": "string", "pattern": r"^(4\.9|[5-9])\."}}},
        "sorting": {"enum": [0, 1, 2, 3]}, "hideDisabled": {"type": "boolean"},
        "layout": {"type": "object", "additionalProperties": False, "properties": {
            "layout": {"enum": ["side", "flat", "mini"]}, "showID": {"type": "boolean"},
            "showName": {"type": "boolean"}, "showAggregateScores": {"type": "boolean"},
            "countUnscored": {"type": "boolean"}, "aggregateFunction": {"enum": ["average", "min", "max", "sum"]},
            "expandedSubtechniques": {"enum": ["none", "all", "annotated"]}}},
        "techniques": {"type": "array", "items": {
            "type": "object", "required": ["techniqueID"], "additionalProperties": False, "properties": {
                "techniqueID": {"type": "string", "pattern": r"^T\d{4}(\.\d{3})?$"}, "tactic": {"type": "string"},
                "comment": {"type": "string"}, "enabled": {"type": "boolean"}, "score": {"type": "number"},
                "color": {"type": "string"}, "metadata": METADATA, "links": LINKS,
                "showSubtechniques": {"type": "boolean"}}}},
        "gradient": {"type": "object", "required": ["colors", "minValue", "maxValue"], "additionalProperties": False,
                     "properties": {"colors": TEXTS, "minValue": {"type": "number"}, "maxValue": {"type": "number"}}},
        "legendItems": {"type": "array"}, "metadata": METADATA, "links": LINKS,
    },
}  # fmt: skip
"""Layer format 4.5 as mitre-attack/attack-navigator documents it in ``layers/LAYERFORMATv4_5.md``."""


def test_the_layer_is_one_of_format_4_5(pack: Model, model: Model) -> None:
    for site in (pack, model):
        data = json.loads(layer(site))
        Draft202012Validator(LAYER).validate(data)
        assert data["gradient"]["maxValue"] > data["gradient"]["minValue"]


def test_scores_are_numbers_of_tagged_rules(pack: Model) -> None:
    tags = [tag for rule in pack.manifest["rules"] for tag in rule["tags"]]
    scores = {one["techniqueID"]: one["score"] for one in json.loads(layer(pack))["techniques"]}
    assert scores == {
        tag.removeprefix("attack.").upper(): tags.count(tag) for tag in tags if re.match(r"attack\.t\d", tag)
    }
    assert {"T1074", "T1074.001", "T1074.002"} <= scores.keys()


def test_the_layer_is_the_same_each_time_and_stands_for_download(pack: Model, pages: dict[str, Page]) -> None:
    assert layer(pack) == layer(pack)
    page = pages["coverage/index.html"]
    assert page.files == {PATH: layer(pack)}
    assert 'href="../downloads/navigator/stagewatch.json"' in whole(page)


def test_a_pack_without_behaviours_still_tells_of_platforms(model: Model) -> None:
    paths = [page.path for page in coverage.pages(model)]
    assert paths == ["coverage/index.html", *(f"coverage/{name}.html" for name in ("defender", "splunk", "duckdb"))]
