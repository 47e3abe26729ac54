"""Events of fixtures as the JSON that they are read from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewatch.fixtures import read_fixtures
from stagewatch.site.documents import as_text
from stagewatch.telemetry.native import Native, native

RULES = Path(__file__).parent.parent / "rules"

TIMES = ("eventTime", "time", "timestamp")


def data(event: Native) -> dict[str, str]:
    """What an event says besides its time, which a record of a cloud has once more."""
    return {name: value for name, value in event.data.items() if name not in TIMES}


@pytest.mark.parametrize(
    "stem",
    [
        "aws_cloudtrail_snapshot_shared",
        "azure_activitylogs_disk_export",
        "file_event_lnx_susp_file_in_hidden_tmp_directory",
        "gcp_audit_snapshot_shared",
        "lnx_auditd_archiver_tmp_directory",
        "posh_ps_archive_created",
        "proc_creation_macos_copy_hidden_directory",
        "win_security_share_archive_written",
    ],
)
def test_an_event_is_read_again_as_it_was(stem: str) -> None:
    (fixture,) = read_fixtures(RULES / stem, []).values()
    for event in (event for case in fixture.cases for event in case.events):
        again = native(json.loads(as_text(event)), event.record_id)
        assert data(again) == data(event)
        assert (again.provider, again.event_id, again.channel, again.computer, again.time, again.record_id) == (
            event.provider,
            event.event_id,
            event.channel,
            event.computer,
            event.time,
            event.record_id,
        )
