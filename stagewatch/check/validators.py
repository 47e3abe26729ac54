"""Which validators of pySigma and of SigmaHQ ``check`` runs, and which it leaves out and why."""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.check.validators_core import CORE
from stagewatch.check.validators_sigmahq import SIGMAHQ

VALIDATORS = (*CORE, *SIGMAHQ)

NOT_RUN: Mapping[str, str] = {
    "attacktag": "downloads ATT&CK; SW034 looks at the form of a tag",
    "custom_attributes": "SW015 finds more of them",
    "d3_fendtag": "downloads D3FEND",
    "dangling_condition": "SW005 refuses such a condition",
    "dangling_detection": "what a condition uses is a matter of the SW2xx",
    "duplicate_filename": "SW007",
    "escaped_wildcard": "SW212",
    "fieldname_logsource": "SW016",
    "identifier_existence": "SW011",
    "identifier_uniqueness": "SW007",
    "sigmahq_author_existence": "SW024",
    "sigmahq_date_existence": "SW025",
    "sigmahq_description_existence": "SW023",
    "sigmahq_field_duplicate_value": "SW201",
    "sigmahq_invalid_hash_kv": "SW215",
    "sigmahq_level_existence": "SW021",
    "sigmahq_logsource_unknown": "needs the whole taxonomy, which SigmaHQ keeps for download; SW029 finds slips",
    "sigmahq_modified_date_order": "SW014",
    "sigmahq_modified_without_date": "SW014",
    "sigmahq_ofthem_condition": "the same as them_condition_with_single_detection",
    "sigmahq_redundant_field": "needs the whole taxonomy",
    "sigmahq_status_existence": "SW022",
    "sigmahq_status_to_high": "looks at today's date: the same rule would pass tomorrow",
    "sigmahq_tags_techniques_without_tactics": "downloads ATT&CK; SW032",
    "sigmahq_unsupported_regex_group_construct": "whether a platform has it is a matter of the SW3xx",
    "tlpv1_tag": "refuses what tlpv2_tag wants; tlptag takes both",
    "tlpv2_tag": "refuses what tlpv1_tag wants; tlptag takes both",
}
"""Validator -> why it is not run."""
