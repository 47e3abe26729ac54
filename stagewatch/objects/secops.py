"""Google SecOps: ``rules/<name>.yaral`` and ``rule_config.yaml``, the folder that Google's Content Manager pushes.

Sources: chronicle/detection-rules, STYLE_GUIDE.md (meta and outcome) and tools/content_manager/content_manager/rules.py
(a file's stem is the name of its rule; every rule has an entry and every entry a rule).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stagewatch.findings import one_line
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import add_shared, collect, identifier
from stagewatch.objects.levels import SECOPS_RISK, SECOPS_SEVERITY
from stagewatch.objects.note import guide, remarks
from stagewatch.objects.secops_text import outcomes, put_together, take_apart
from stagewatch.objects.yaml_text import dump_yaml
from stagewatch.targets.secops_rule import RESERVED

HOUR = 3600

PLATFORMS = {"windows": "Windows", "linux": "Linux", "macos": "macOS", "aws": "AWS", "gcp": "GCP", "azure": "Azure"}


def objects(rules: Sequence[Deployable]) -> Objects:
    """One rule file per rule, named by the rule's file so that a new title is a new version and no new rule."""
    result = collect(rules, _files)
    entries = {
        rule_name(rule): {
            "alerting": rule.description.enabled,
            "enabled": rule.description.enabled,
            "run_frequency": _run_frequency(rule),
        }
        for rule in rules
        if rule.description.stem in result.of
    }
    add_shared(result, "rule_config.yaml", dump_yaml(dict(sorted(entries.items()))))
    return result


def rule_name(rule: Deployable) -> str:
    """The rule's identifier, which is also the stem of its file."""
    name = identifier(rule.description.stem)
    return f"rule_{name}" if name.lower() in RESERVED else name


def _files(rule: Deployable) -> Mapping[str, bytes]:
    about = rule.description
    bare = take_apart(rule.rendered.files[".yaral"])
    shown = outcomes(
        bare,
        SECOPS_RISK[about.level],
        {
            "mitre_attack_tactic": ", ".join(tactic.name for tactic in about.tactics),
            "mitre_attack_technique_id": ", ".join(technique.id for technique in about.techniques),
        },
    )
    text = put_together(rule_name(rule), _comments(rule), _meta(rule), bare, shown)
    return {f"rules/{rule_name(rule)}.yaral": text.encode()}


def _meta(rule: Deployable) -> dict[str, str]:
    """Keys and text of the section, without those that the rule says nothing about."""
    about = rule.description
    entries = {
        "author": about.author,
        "description": about.summary,
        "rule_id": f"mr_{about.id}",
        "rule_name": about.title,
        "version": str(about.version),
        "severity": SECOPS_SEVERITY[about.level],
        "priority": SECOPS_SEVERITY[about.level],
        "type": "hunt" if about.level in ("informational", "low") else "alert",
        "platform": ", ".join(_platforms(about.sources)),
        "data_source": ", ".join(about.sources),
        "tactic": ", ".join(tactic.id for tactic in about.tactics),
        "technique": ", ".join(technique.id for technique in about.techniques),
        "mitre_attack_url": ", ".join(technique.url for technique in about.techniques),
        "reference": ", ".join(about.references),
        "false_positives": "; ".join(about.false_positives),
        "assumption": "; ".join(remarks(rule)),
        "sigma_uuid": about.id,
    }
    return {key: value for key, value in entries.items() if one_line(value)}


def _platforms(sources: Sequence[str]) -> list[str]:
    products = dict.fromkeys(source.partition("/")[0] for source in sources)
    return [PLATFORMS[product] for product in products if product in PLATFORMS]


def _comments(rule: Deployable) -> list[str]:
    """The guide's steps: a meta value is one line, in which no list can be read."""
    text = guide(rule)
    return text.split("\n") if text else []


def _run_frequency(rule: Deployable) -> str:
    """Windows of an hour and more run hourly (page "Set the run frequency"), all else as soon as it can.

    A site may want it less often; once a day is the only longer interval.
    """
    every = rule.description.every or 0
    if every >= 24 * HOUR:
        return "DAILY"
    return "HOURLY" if max(rule.description.timespan or 0, every) >= HOUR else "LIVE"
