"""Records of auditd: their line, and what each platform makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.languages.base import Value
from stagewatch.logs.auditd import record as read
from stagewatch.logs.values import EVENT_KEY
from stagewatch.telemetry import auditd, load_telemetry
from stagewatch.telemetry.native import Native
from tests.telemetry.natives import AUDITD_RECORDS, CWD, EXECVE, PATH, PROCTITLE, SYSCALL

STAMP = "audit(1795251600.123:11)"
LINE_OF_SYSCALL = (
    f"type=SYSCALL msg={STAMP}: arch=c000003e syscall=59 success=yes exit=0 a0=55c094deb5c0 ppid=2000 pid=4000 "
    'auid=1000 uid=0 comm="Tar" exe=2F6F70742F6F6C6420746F6F6C732F746172 key=(null)'
    '\x1dSYSCALL="execve" AUID="JDoe"'
)


def held(platform: str, native: Native) -> dict[str, Value]:
    telemetry = load_telemetry(platform)
    (event,) = telemetry.events(native)
    assert event.time == native.time
    assert set(event.record) <= set(telemetry.schema[event.source])
    return dict(event.record)


@pytest.mark.parametrize(
    ("native", "line"),
    [
        (
            SYSCALL,
            LINE_OF_SYSCALL,
        ),
        (
            EXECVE,
            f'type=EXECVE msg={STAMP}: argc=3 a0="tar" a1="czf" a2=2F7372762F416E6E75616C205265706F72742E74677A',
        ),
        (PATH, f"type=PATH msg={STAMP}: item=1 name=2F7372762FC3842E6F6474 inode=1292 nametype=CREATE"),
        (CWD, f'type=CWD msg={STAMP}: cwd="/home/jdoe"'),
        (PROCTITLE, f"type=PROCTITLE msg={STAMP}: proctitle=74617200637A660078"),
    ],
)
def test_the_line(native: Native, line: str) -> None:
    assert auditd.line(native) == line


@pytest.mark.parametrize("native", AUDITD_RECORDS)
def test_the_row_is_the_one_that_a_hunt_reads(native: Native) -> None:
    found = read(auditd.line(native))
    assert found is not None
    apart = {EVENT_KEY, "origin", "position", "event_time", "Computer"}
    row = {name.lower(): value for name, value in found[1].items() if name not in apart and value is not None}
    own = {name.lower(): value for name, value in held("duckdb", native).items() if name not in apart}
    assert {name: value for name, value in own.items() if value is not None} == row


def test_splunk_keeps_hexadecimal_text() -> None:
    record = held("splunk", EXECVE)
    assert (record["type"], record["a1"]) == ("EXECVE", "czf")
    assert record["a2"] == "2F7372762F416E6E75616C205265706F72742E74677A"
    assert held("splunk", SYSCALL)["SYSCALL"] == "execve"


def test_qradar_keeps_hexadecimal_text_and_ibms_names() -> None:
    record = held("qradar", SYSCALL)
    assert (record["Type"], record["Process ID"], record["devicetype"]) == ("SYSCALL", "4000", 11)
    assert record["exe"] == "2F6F70742F6F6C6420746F6F6C732F746172"


def test_elastic_decodes_some_fields_and_lists_arguments() -> None:
    syscall, execve = held("elastic", SYSCALL), held("elastic", EXECVE)
    assert syscall["process.executable"] == "/opt/old tools/tar"
    assert syscall["auditd.log.record_type"] == "SYSCALL"
    assert syscall["event.action"] == ["executed"]
    assert "auditd.log.key" not in syscall
    assert execve["event.action"] == "execve"
    assert execve["process.args"] == ["tar", "czf", "2F7372762F416E6E75616C205265706F72742E74677A"]


def test_elastic_moves_the_type_where_it_knows_no_action() -> None:
    data = {name: value for name, value in SYSCALL.data.items() if name not in {"SYSCALL", "AUID"}}
    record = held("elastic", replace(SYSCALL, data=data))
    assert (record["event.action"], "auditd.log.record_type" in record) == ("syscall", False)


def test_elastic_leaves_a_name_encoded_that_has_no_blank() -> None:
    assert held("elastic", PATH)["auditd.log.name"] == "2F7372762FC3842E6F6474"


def test_elastic_joins_a_title_with_carets() -> None:
    assert held("elastic", PROCTITLE)["auditd.log.proctitle"] == "tar^@czf^@x"


@pytest.mark.parametrize("platform", ["defender", "sentinel", "sumo", "secops", "logscale"])
def test_others_hold_no_record(platform: str) -> None:
    assert [load_telemetry(platform).events(native) for native in AUDITD_RECORDS] == [[]] * 5


@pytest.mark.parametrize("platform", ["splunk", "elastic", "qradar", "duckdb"])
def test_other_types_are_not_described(platform: str) -> None:
    assert load_telemetry(platform).events(replace(CWD, event_id=1305)) == []
