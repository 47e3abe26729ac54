"""The pack as a layer of MITRE's ATT&CK Navigator.

Layer format 4.5: mitre-attack/attack-navigator, ``layers/LAYERFORMATv4_5.md``. The score of a technique is the number
of rules and correlations tagged with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stagewatch.objects.attack import Technique
from stagewatch.site.model import TECHNIQUES, Model, SiteRule
from stagewatch.site.platforms import NAMES

PATH = "downloads/navigator/stagewatch.json"

ATTACK = "19"
"""The version of ATT&CK that names and numbers are of (``objects/attack.py``)."""

COLOURS = ("#dbe9f6", "#08519c")


def layer(site: Model) -> bytes:
    """The layer as a file."""
    tagged = by_technique(site)
    scores = [len(rules) for rules in tagged.values()]
    data = {
        "name": "Stagewatch",
        "versions": {"attack": ATTACK, "layer": "4.5", "navigator": "4.9.0"},
        "domain": "enterprise-attack",
        "description": "Rules and correlations of Stagewatch by technique. The score is their number.",
        "sorting": 3,
        "hideDisabled": False,
        "layout": {"layout": "side", "showID": True, "showName": True, "expandedSubtechniques": "annotated"},
        "gradient": {"colors": list(COLOURS), "minValue": 0, "maxValue": max(scores, default=0) or 1},
        "legendItems": [],
        "metadata": [{"name": "generator", "value": site.generator}],
        "techniques": [_technique(one, rules) for one, rules in tagged.items()],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def by_technique(site: Model) -> Mapping[Technique, Sequence[SiteRule]]:
    """Technique -> the rules that are tagged with it, by number."""
    found: dict[Technique, list[SiteRule]] = {}
    for rule in site.rules:
        for technique in rule.described.techniques:
            found.setdefault(technique, []).append(rule)
    return dict(sorted(found.items(), key=lambda one: one[0].id))


def _technique(technique: Technique, rules: Sequence[SiteRule]) -> dict[str, Any]:
    joined = sum(rule.is_correlation for rule in rules)
    platforms = [
        {"name": f"queries on {name}", "value": str(sum(bool(rule.targets[target].queries) for rule in rules))}
        for target, name in NAMES.items()
        if all(target in rule.targets for rule in rules)
    ]
    analytics = sorted({analytic for rule in rules for analytic in rule.analytics}, key=lambda one: one.analytic)
    return {
        "techniqueID": technique.id,
        "score": len(rules),
        "enabled": True,
        "comment": f"{len(rules) - joined} rules, {joined} correlations",
        "showSubtechniques": technique.id in TECHNIQUES and not technique.is_sub,
        "metadata": [
            *platforms,
            {"divider": True},
            *({"name": rule.level, "value": rule.title} for rule in rules),
        ],
        "links": [
            {"label": f"{technique.id} {technique.name}", "url": technique.url},
            *(
                {"label": f"{one.strategy} {one.analytic}", "url": one.url}
                for one in analytics
                if technique.id in TECHNIQUES
            ),
        ],
    }
