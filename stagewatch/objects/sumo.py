"""Sumo Logic Cloud SIEM: a body of the rules API for each rule, in the folder of the endpoint that takes it.

Fields and their names are those that the vendor's Terraform provider sends (SumoLogic/terraform-provider-sumologic,
``sumologic_cse_match_rule.go``, ``..._threshold_rule.go`` and ``..._chain_rule.go``): ``POST
sec/v1/rules/{templated,threshold,chain}``. The service gives a rule its id, so the rule's own id is a tag.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stagewatch.findings import Unsupported
from stagewatch.manifest import dump
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import collect, display_names
from stagewatch.objects.levels import SUMO_SCORE
from stagewatch.objects.note import note

ENTITIES: Mapping[str, Mapping[str, str]] = {
    "windows/process_creation": {"device_hostname": "_hostname", "user_username": "_username"},
    "windows/file_event": {"device_hostname": "_hostname", "user_username": "_username"},
    "windows/ps_script": {"device_hostname": "_hostname"},
    "windows/security": {"device_hostname": "_hostname", "user_username": "_username"},
    "linux/process_creation": {"device_hostname": "_hostname", "user_username": "_username"},
    "linux/file_event": {"device_hostname": "_hostname", "user_username": "_username"},
    "aws/cloudtrail": {"srcDevice_ip": "_ip"},
}
"""Log source -> attributes that its log mapper fills and that name an entity, in the order of their worth."""

NO_ADDRESS = (
    "A signal needs an entity, here the source address: a call that a service of AWS makes has none and gives no signal"
)


def objects(rules: Sequence[Deployable]) -> Objects:
    """One JSON file per rule. A correlation whose group-by fields name no entity is refused: it could not signal."""
    names = display_names(rules)
    return collect(rules, lambda rule: _files(rule, names[rule.description.stem]))


def _files(rule: Deployable, name: str) -> Mapping[str, bytes]:
    about, rendered = rule.description, rule.rendered.files
    if ".rule.json" not in rendered:
        kind, fields = "templated", _match(rule, name, rendered[".cse"])
    else:
        definition = json.loads(rendered[".rule.json"])
        kind, fields = definition["type"], _windowed(rule, name, definition)
    return {f"rules/{kind}/{about.stem}.json": dump({"fields": fields})}


def _match(rule: Deployable, name: str, expression: str) -> dict[str, Any]:
    entities = _entities_of(rule)
    more = (NO_ADDRESS,) if "srcDevice_ip" in entities and len(entities) == 1 else ()
    score = SUMO_SCORE[rule.description.level]
    return {
        **_shared(rule, name, list(entities)),
        "descriptionExpression": literal(note(rule, *more)),
        "entitySelectors": [{"entityType": kind, "expression": field} for field, kind in entities.items()],
        "expression": expression,
        "nameExpression": literal(name),
        "scoreMapping": {"type": "constant", "default": score, "field": "", "mapping": []},
    }


def _windowed(rule: Deployable, name: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    """A threshold or chain rule of the definition that the target made."""
    settings = {key: value for key, value in definition.items() if key != "type"}
    selectors = settings["entitySelectors"]
    if not selectors:
        raise Unsupported(
            "a Cloud SIEM rule signals an entity, and no group-by field of this correlation is one; an entity beside "
            "the group-by would be grouped by as well"
        )
    if definition["type"] == "threshold":
        settings = {"countField": "", **settings, "version": 1}
    return {
        **_shared(rule, name, [selector["expression"] for selector in selectors]),
        **settings,
        "description": literal(note(rule)),
        "score": SUMO_SCORE[rule.description.level],
    }


def _shared(rule: Deployable, name: str, shown: Sequence[str]) -> dict[str, Any]:
    """What every kind of rule has. A prototype's signals do not count towards insights."""
    about = rule.description
    return {
        "enabled": about.enabled,
        "isPrototype": not about.enabled,
        "name": name,
        "stream": "record",
        "summaryExpression": " / ".join(f"{{{{{field}}}}}" for field in shown),
        "tags": [
            *(f"_mitreAttackTactic:{tactic.id}" for tactic in about.tactics),
            *(f"_mitreAttackTechnique:{technique.id}" for technique in about.techniques),
            f"stagewatchRule:{about.id}",
            f"stagewatchVersion:{about.version}",
        ],
    }


def _entities_of(rule: Deployable) -> Mapping[str, str]:
    for source in rule.description.sources:
        if source in ENTITIES:
            return ENTITIES[source]
    raise Unsupported(
        f"a Cloud SIEM rule signals an entity, and none is known for {' and '.join(rule.description.sources) or 'it'}"
    )


def literal(text: str) -> str:
    """Text in a field that fills in ``{{attribute}}``: no escape is documented, so a blank parts the braces."""
    for brace in "{}":
        while brace * 2 in text:
            text = text.replace(brace * 2, f"{brace} {brace}")
    return text
