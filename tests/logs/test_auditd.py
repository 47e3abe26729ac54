"""auditd's text: synthetic records in the forms that auditd, syslog and remote collectors give them."""

# ruff: noqa: DTZ001  a time of the event table has no zone

from datetime import datetime
from pathlib import Path

from stagewatch.logs import Kind
from stagewatch.logs.values import EVENT_KEY
from tests.logs.reading import kind, lines, read_bytes, reasons

SYSCALL = (
    "type=SYSCALL msg=audit(1714557600.123:55): arch=c000003e syscall=59 success=yes exit=0 pid=7 auid=1000 uid=0 "
    'tty=pts0 ses=3 comm="tar" exe="/usr/bin/tar" key="exec"'
)
EXECVE = 'type=EXECVE msg=audit(1714557600.123:55): argc=3 a0="tar" a1=2D637A a2="/srv/o ut"'
PATH = 'type=PATH msg=audit(1714557600.123:55): item=0 name="/usr/bin/tar" nametype=NORMAL'
CWD = "type=CWD msg=audit(1714557600.123:55): cwd=2F7372762F6120"
TITLE = "type=PROCTITLE msg=audit(1714557600.123:55): proctitle=746172002D637A"
END = "type=EOE msg=audit(1714557600.123:55): "
EVENT = "\n".join((SYSCALL, EXECVE, PATH, CWD, TITLE, END)) + "\n"
AUDITD = Kind("linux", "auditd", None)


def test_records_of_one_event_are_rows_that_know_each_other(tmp_path: Path) -> None:
    rows, _account = read_bytes(EVENT.encode(), tmp_path)
    by_type = {row["type"]: row for row in rows}
    assert list(by_type) == ["SYSCALL", "EXECVE", "PATH", "CWD", "PROCTITLE"]
    assert all(kind(row) == ("linux", "auditd", None) for row in rows)
    assert all(row["event_time"] == datetime(2024, 5, 1, 10, 0, 0, 123000) for row in rows)
    execve = by_type["EXECVE"]
    assert (execve["a0"], execve["a1"], execve["a2"], execve["argc"]) == ("tar", "-cz", "/srv/o ut", "3")
    assert (execve["exe"], execve["comm"], execve["key"], execve["cwd"]) == ("/usr/bin/tar", "tar", "exec", "/srv/a ")
    assert by_type["PATH"]["name"] == "/usr/bin/tar"
    assert by_type["PATH"]["proctitle"] == "tar -cz"
    assert "a1" not in by_type["PATH"]


def test_an_event_counts_once_whatever_its_records(tmp_path: Path) -> None:
    rows, account = read_bytes((EVENT + EVENT.replace(":55)", ":56)")).encode(), tmp_path)
    assert account.events == {AUDITD: 2}
    assert len(rows) == 10
    assert {row[EVENT_KEY] for row in rows} == {"1714557600.123:55", "1714557600.123:56"}
    assert len({row["position"] for row in rows}) == 10


def test_the_key_of_the_event_is_there_whatever_fields_are_wanted(tmp_path: Path) -> None:
    rows, _ = read_bytes(EVENT.encode(), tmp_path, fields=frozenset({"Type", "A1"}))
    assert {name for row in rows for name in row} - {
        "event_time",
        "product",
        "category",
        "service",
        "origin",
        "position",
    } == {"type", "a1", EVENT_KEY}


def test_interleaved_events_are_joined(tmp_path: Path) -> None:
    other = EVENT.replace(":55)", ":56)").replace("/usr/bin/tar", "/usr/bin/zip").splitlines()
    mixed = "\n".join(line for pair in zip(EVENT.splitlines(), other, strict=True) for line in pair)
    rows, account = read_bytes(mixed.encode(), tmp_path)
    assert account.total == 2
    assert {(row[EVENT_KEY][-2:], row["exe"]) for row in rows} == {("55", "/usr/bin/tar"), ("56", "/usr/bin/zip")}


def test_node_names_the_host_and_keeps_equal_serials_apart(tmp_path: Path) -> None:
    text = f"node=a {SYSCALL}\nnode=b {SYSCALL}\n"
    rows, account = read_bytes(text.encode(), tmp_path)
    assert [row["Computer"] for row in rows] == ["a", "b"]
    assert account.total == 2


def test_what_enriched_logs_add_gives_names(tmp_path: Path) -> None:
    text = SYSCALL + '\x1dARCH=x86_64 SYSCALL=execve AUID="alice" UID="root"\n'
    rows, _ = read_bytes(text.encode(), tmp_path)
    assert (rows[0]["syscall"], rows[0]["uid"]) == ("execve", "0")


def test_long_arguments_come_in_pieces(tmp_path: Path) -> None:
    text = 'type=EXECVE msg=audit(1714557600.123:55): argc=2 a0="x" a1_len=4 a1[0]=6162 a1[1]=6364\n'
    rows, _ = read_bytes(text.encode(), tmp_path)
    assert rows[0]["a1"] == "abcd"
    assert "a1_len" not in rows[0]


def test_message_of_a_user_space_record_is_looked_into(tmp_path: Path) -> None:
    text = "type=USER_CMD msg=audit(1714557600.123:9): pid=1 uid=1000 msg='cwd=\"/root\" cmd=6964202D61 res=success'\n"
    rows, _ = read_bytes(text.encode(), tmp_path)
    assert (rows[0]["cmd"], rows[0]["cwd"], rows[0]["res"]) == ("id -a", "/root", "success")


def test_syslog_prefix_names_the_host(tmp_path: Path) -> None:
    rows, _ = read_bytes(f"May  1 10:00:00 web1 audispd: {SYSCALL}\n".encode(), tmp_path)
    assert rows[0]["Computer"] == "web1"


def test_azure_syslog_table(tmp_path: Path) -> None:
    rows, account = read_bytes(lines({"SyslogMessage": EXECVE, "Computer": "web1"}), tmp_path)
    assert (rows[0]["a0"], rows[0]["Computer"], account.format) == ("tar", "web1", "auditd")


def test_lines_that_are_no_record_are_counted(tmp_path: Path) -> None:
    rows, account = read_bytes(f"{SYSCALL}\nhello\nagain\r\n".encode(), tmp_path)
    assert len(rows) == 1
    problem = account.problems["a line of text of no known kind"]
    assert (problem.count, problem.first) == (2, "line 2")


XML = (
    '<Event><System><Provider Name="Linux-Sysmon" Guid="{ff03}"/><EventID>1</EventID>'
    '<TimeCreated SystemTime="2024-05-01T10:00:00.123000000Z"/><Channel>Linux-Sysmon/Operational</Channel>'
    '<Computer>web1</Computer></System><EventData><Data Name="Image">/usr/bin/tar</Data>'
    '<Data Name="CommandLine">tar -cz &lt;x&gt;</Data></EventData></Event>'
)


def test_sysmon_for_linux_in_syslog_and_alone(tmp_path: Path) -> None:
    text = f"May  1 10:00:00 web1 sysmon: {XML}\n{XML}\n{XML[:200]}\n"
    rows, account = read_bytes(text.encode(), tmp_path)
    assert account.format == "sysmon-linux"
    assert [kind(row) for row in rows] == [("linux", "sysmon", "process_creation")] * 2
    assert rows[0]["CommandLine"] == "tar -cz <x>"
    assert rows[0]["event_time"] == datetime(2024, 5, 1, 10, 0, 0, 123000)
    assert reasons(account) == ["a line that is no whole event"]


def test_entities_of_a_document_type_are_not_expanded(tmp_path: Path) -> None:
    bomb = f'<!DOCTYPE Event [<!ENTITY a "b">]>{XML}'.replace("<Event>", '<Event><!DOCTYPE x [<!ENTITY a "aa">]>', 1)
    rows, account = read_bytes((bomb + "\n").encode(), tmp_path)
    assert (rows, reasons(account)) == ([], ["a line that is no whole event"])
