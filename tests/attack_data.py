"""Offline data for pySigma's validators: ATT&CK names and the SigmaHQ conventions that they otherwise download.

pySigma and pySigma-validators-sigmahq fetch these on first use and keep them below the user's home. Here both read
small files of this repository instead, and keep their cache in a folder of the caller, so that the user's own cache is
neither read nor cleared.
"""

from __future__ import annotations

from pathlib import Path

from sigma.data import mitre_attack, mitre_d3fend
from sigma.validation import SigmaValidator
from sigma.validators.core import validators as core_validators
from sigma.validators.sigmahq import validators as sigmahq_validators
from sigma.validators.sigmahq.data import data_filename, data_taxonomy, data_windows_eventid, data_windows_provider

DATA = Path(__file__).parent / "data"

ATTACK = DATA / "attack.json"
"""The tactics and techniques that the pack is tagged with, as STIX objects, named as in ATT&CK v19 (tactic Stealth).

Only the short names of tactics are compared with tags, not their numbers.
"""

D3FEND = DATA / "d3fend.json"
"""Empty: the pack has no D3FEND tags, but the validator loads the names for any rule with tags."""

CONVENTIONS = DATA / "sigmahq.json"
"""File name prefixes and field names of the log sources that the pack uses."""


def use_local_data(cache: Path) -> None:
    """Make pySigma's validators read the files of this repository. ``cache`` is an empty folder for their caches."""
    mitre_attack.set_cache_dir(str(cache / "attack"))
    mitre_attack.set_url(str(ATTACK))
    mitre_d3fend.set_cache_dir(str(cache / "d3fend"))
    mitre_d3fend.set_url(str(D3FEND))
    for module in (data_filename, data_taxonomy, data_windows_eventid, data_windows_provider):
        module.set_cache_dir(str(cache / module.__name__.rpartition(".")[2]))
        module.set_url(str(CONVENTIONS))


def all_validators() -> SigmaValidator:
    """What ``sigma check`` runs: every validator of pySigma and of pySigma-validators-sigmahq, no exceptions."""
    return SigmaValidator({**core_validators, **sigmahq_validators}.values())
