"""A few rules of the pack for every target, as they are and as a site wants them."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

from stagewatch.conversion import Outcome, convert
from stagewatch.environment import Environment
from stagewatch.objects.base import MODULES, Deployable
from stagewatch.objects.description import describe
from stagewatch.pack import Pack, apply_filters, read_pack
from stagewatch.targets import load_target

ROOT = Path(__file__).resolve().parents[2]

TARGETS = ("defender", "sentinel", "splunk", "elastic", "qradar", "sumo", "secops", "logscale")

PROCESS = "proc_creation_win_archive_staging_directory"
LINUX_PROCESS = "proc_creation_lnx_archive_web_root"
FILE = "file_event_win_susp_archive_in_staging_directory"
SMB_FILE = "file_event_win_smb_data_file_in_staging_directory"
SCRIPT = "posh_ps_copy_unc_path"
SECURITY = "win_security_admin_share_opened"
CLOUD = "aws_cloudtrail_s3_object_copied"
CLOUD_BURST = "correlation_aws_s3_bulk_copy_into_bucket"
BURST = "correlation_win_posh_copy_unc_path_burst"

STEMS = (PROCESS, LINUX_PROCESS, FILE, SMB_FILE, SCRIPT, SECURITY, CLOUD, CLOUD_BURST, BURST)

Read = Callable[[str], Environment]
"""The text of a site's file -> what it says."""

Key = tuple[str, str]
"""Stem and target."""


@cache
def paths() -> list[Path]:
    found = {path.stem: path for path in (ROOT / "sigma").rglob("*.yml")}
    return [found[stem] for stem in STEMS]


def pack(environment: Environment | None = None) -> Pack:
    """The rules with the site's values and filters."""
    made = read_pack(paths(), environment.rewrite if environment else None)
    assert made.findings == []
    if environment is not None:  # a filter may name rules that are not among these
        apply_filters(made, read_pack(environment.filters, environment.rewrite).filters)
    return made


def outcomes(environment: Environment | None = None) -> dict[Key, Outcome]:
    logging.getLogger("sigma").setLevel(logging.ERROR)
    made = pack(environment)
    found = {}
    for name in TARGETS:
        target = load_target(name, environment=environment)
        found.update({(entry.source.stem, name): convert(entry.rule, target) for entry in made.rules})
    return found


@cache
def usual() -> dict[Key, Outcome]:
    return outcomes()


def changed(environment: Environment) -> dict[Key, Outcome]:
    """The outcomes that the environment changes."""
    return {key: outcome for key, outcome in outcomes(environment).items() if outcome != usual()[key]}


def text(outcome: Outcome) -> str:
    assert outcome.rendered is not None, outcome
    return next(iter(outcome.rendered.files.values()))


def files(target: str, environment: Environment | None = None) -> dict[str, bytes]:
    """The objects of a target."""
    converter = load_target(target, environment=environment)
    rules = []
    for entry in pack(environment).rules:
        outcome, about = convert(entry.rule, converter), describe(entry)
        if outcome.rendered is not None:
            about = environment.described(about, target) if environment else about
            rules.append(Deployable(about, outcome.rendered, (*outcome.reasons, *about.remarks)))
    options = environment.object_options(target) if environment else {}
    made: dict[str, bytes] = importlib.import_module(MODULES[target]).objects(rules, **options).files
    return made


def changed_files(target: str, environment: Environment) -> set[str]:
    """The objects of a target that the environment changes, without those that hold all rules."""
    before, after = files(target), files(target, environment)
    assert before.keys() == after.keys()
    return {path for path in before if before[path] != after[path] and Path(path).stem in STEMS}
