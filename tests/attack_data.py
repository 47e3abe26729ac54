"""Offline data for pySigma's validators: ATT&CK names and the SigmaHQ conventions that they otherwise download.

pySigma and pySigma-validators-sigmahq fetch these on first use and keep them below the user's home. Here both read the
product's table of ATT&CK names and small files of this repository instead, and keep their cache in a folder of the
caller, so that the user's own cache is neither read nor cleared.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sigma.data import mitre_attack, mitre_d3fend
from sigma.validation import SigmaValidator
from sigma.validators.core import validators as core_validators
from sigma.validators.sigmahq import validators as sigmahq_validators
from sigma.validators.sigmahq.data import data_filename, data_taxonomy, data_windows_eventid, data_windows_provider

from stagewatch.objects import attack

DATA = Path(__file__).parent / "data"

D3FEND = DATA / "d3fend.json"
"""Empty: the pack has no D3FEND tags, but the validator loads the names for any rule with tags."""

CONVENTIONS = DATA / "sigmahq.json"
"""File name prefixes and field names of the log sources that the pack uses."""


def use_local_data(cache: Path) -> None:
    """Make pySigma's validators read the files of this repository. ``cache`` is an empty folder for their caches."""
    mitre_attack.set_cache_dir(str(cache / "attack"))
    (cache / "attack.json").write_text(json.dumps(_stix()), encoding="utf-8")
    mitre_attack.set_url(str(cache / "attack.json"))
    mitre_d3fend.set_cache_dir(str(cache / "d3fend"))
    mitre_d3fend.set_url(str(D3FEND))
    for module in (data_filename, data_taxonomy, data_windows_eventid, data_windows_provider):
        module.set_cache_dir(str(cache / module.__name__.rpartition(".")[2]))
        module.set_url(str(CONVENTIONS))


def _stix() -> dict[str, Any]:
    """The product's table of tactics and techniques in the form of ATT&CK's own file."""
    found: list[dict[str, Any]] = [
        {"type": "x-mitre-tactic", "x_mitre_shortname": one.tag, **_named(one)} for one in attack.tactics().values()
    ]
    for technique in attack.techniques().values():
        phases = [{"kill_chain_name": "mitre-attack", "phase_name": one.tag} for one in technique.tactics]
        found.append({"type": "attack-pattern", "kill_chain_phases": phases, **_named(technique)})
    return {"type": "bundle", "objects": found}


def _named(one: attack.Tactic | attack.Technique) -> dict[str, Any]:
    reference = {"source_name": "mitre-attack", "external_id": one.id, "url": one.url}
    return {"name": one.name, "external_references": [reference]}


def all_validators() -> SigmaValidator:
    """What ``sigma check`` runs: every validator of pySigma and of pySigma-validators-sigmahq, no exceptions."""
    return SigmaValidator({**core_validators, **sigmahq_validators}.values())
