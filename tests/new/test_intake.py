from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.logs.reader import read as read_logs
from stagewatch.new.intake import MAX_EVENT, Found, read
from stagewatch.new.sources import SOURCES
from stagewatch.telemetry.native import native
from tests.new.making import REPOSITORY
from tests.new.samples import DEFENDER, SAMPLES, SECURITY_4688, SYSMON

DATASETS = REPOSITORY.parent / "shared" / "datasets"

needs_datasets = pytest.mark.skipif(not DATASETS.is_dir(), reason="the public datasets are not beside the repository")


def given(text: str | bytes, logsource: str | None = None) -> list[Found]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read("-", io.BytesIO(raw), SOURCES[logsource] if logsource else None))


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_is_recognised_in_the_form_in_which_people_have_it(name: str) -> None:
    logsource, text = SAMPLES[name]
    (found,) = given(text)
    assert found.event is not None, found.kind
    assert str(found.event.source) == logsource
    assert native(found.event.document)  # what a fixture can hold


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "file of CloudTrail"])
def test_utf_16_and_a_byte_order_mark_do_not_matter(name: str) -> None:
    logsource, text = SAMPLES[name]
    for raw in (text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        (found,) = given(raw)
        assert found.event is not None
        assert str(found.event.source) == logsource


def test_the_fields_are_those_that_a_hunt_reads(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(SYSMON), encoding="utf-8")
    (batch,) = read_logs([str(path)])
    (row,) = batch.rows
    (found,) = read(str(path), None)
    assert found.event is not None
    for name in ("Image", "CommandLine", "OriginalFileName", "User", "ParentImage", "Computer"):
        assert found.event.fields[name] == row[name]


@pytest.mark.parametrize(("sample", "told"), [(SECURITY_4688, "4688"), (DEFENDER, "Defender")])
def test_an_event_of_another_source_becomes_one_of_sysmon_and_says_so(sample: dict[str, str], told: str) -> None:
    (found,) = given(json.dumps(sample))
    assert found.event is not None
    assert native(found.event.document).provider == "Microsoft-Windows-Sysmon"
    assert found.event.fields["CommandLine"] in (sample.get("CommandLine"), sample.get("ProcessCommandLine"))
    assert told in found.kind
    assert any("stands in the fixture as events of Sysmon" in note for note in found.notes)


def test_records_of_auditd_are_decoded() -> None:
    (found,) = given(SAMPLES["auditd"][1])
    assert found.event is not None
    assert found.event.fields["a3"] == "/home/bob"


def test_fields_without_a_frame_need_a_log_source() -> None:
    text = json.dumps({"Image": "C:\\x\\y.exe", "CommandLine": "y.exe -z", "colour": "blue"})
    (found,) = given(text)
    assert (found.event, found.kind) == (None, "JSON of no known shape")
    (found,) = given(text, "windows/process_creation")
    assert found.event is not None
    assert found.event.fields["CommandLine"] == "y.exe -z"
    assert "colour" not in found.event.fields
    assert "because you say so" in found.notes[0]


def test_several_events_have_numbers_from_one() -> None:
    lines = f"{json.dumps(SYSMON)}\n{SAMPLES['script block'][1]}\n"
    assert [(one.number, str(one.event and one.event.source)) for one in given(lines)] == [
        (1, "windows/process_creation"),
        (2, "windows/ps_script"),
    ]
    assert "rar.exe a" in given(lines)[0].summary


@needs_datasets
def test_a_record_of_an_evtx_file_has_its_own_number() -> None:
    path = DATASETS / "evtx_attack_samples" / "Execution" / "sysmon_zipexec.evtx"
    found = list(read(str(path), None))
    zips = [one for one in found if one.event and one.event.fields.get("TargetFilename", "").endswith("lync.zip")]
    assert {str(one.event.source) for one in zips if one.event} == {"windows/file_event"}
    assert [one.number for one in found] == sorted({one.number for one in found})


@needs_datasets
def test_most_recorded_events_of_the_datasets_are_recognised() -> None:
    folder = DATASETS / "sigmahq_regression"
    found = [one for path in sorted(folder.rglob("*.evtx"))[:40] for one in read(str(path), None)]
    assert len(found) >= 40
    assert [one.kind for one in found if one.event is None] == []


def nested(depth: int) -> bytes:
    return b'{"Event":' * depth + b"1" + b"}" * depth


def hostile() -> Iterator[tuple[str, bytes]]:
    yield "not JSON", b"{]"
    yield "torn", json.dumps(SYSMON)[:200].encode()
    yield "an array of numbers", b"[1, 2, 3]"
    yield "deep", nested(100)
    yield "very deep", nested(100_000)
    yield "huge", json.dumps(SYSMON).replace("rar.exe a", f"rar.exe {'y' * 2 * MAX_EVENT}").encode()
    yield "no number", json.dumps(SYSMON).replace('"EventID": 1', '"EventID": "one"').encode()
    yield "large number", json.dumps(SYSMON).replace('"EventID": 1', '"EventID": 1e400').encode()
    yield "system is a list", b'{"Event": {"System": [1], "EventData": {}}}'
    yield "data is a number", b'{"Event": {"System": {"EventID": 1, "Channel": "Security"}, "EventData": 5}}'
    yield "document type", b'<!DOCTYPE x [<!ENTITY a "b">]><Event><System></System></Event>'
    yield "entities", b'<Event><!DOCTYPE x [<!ENTITY a "b">]><System><EventID>&a;</EventID></System></Event>'
    yield "binary", b"\0\1\2\3" * 50
    yield "a zip", b"PK\x03\x04" + b"\0" * 100
    yield "prose", b"the quick brown fox"
    yield "bad times", json.dumps(SYSMON).replace("2024-05-01T", "9999-99-99T").encode()
    yield "surrogates", rb'{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Image": "\ud800"}'
    yield "cloud without time", b'{"eventSource": "x", "eventName": "y"}'
    yield "cloud with a list", b'{"eventSource": [], "eventName": {}, "eventTime": 5}'


@pytest.mark.parametrize(("name", "raw"), list(hostile()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_hostile_event_is_refused_in_words_or_read_whole(name: str, raw: bytes) -> None:
    for one in given(raw):
        assert one.kind.isprintable()
        assert one.event is None or one.event.fields is not None


@pytest.mark.parametrize("name", ["huge", "deep", "very deep", "torn", "binary", "entities", "cloud with a list"])
def test_what_no_fixture_could_hold_is_refused(name: str) -> None:
    assert [one.event for one in given(dict(hostile())[name])] == [None]


def test_a_command_line_that_is_too_long_is_refused_in_an_event_of_another_source_too() -> None:
    sample = {**SECURITY_4688, "CommandLine": "x" * 2 * MAX_EVENT}
    assert [(one.event, "48 KiB" in one.kind) for one in given(json.dumps(sample))] == [(None, True)]


def test_nothing_is_read_without_end(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="larger than 16 MiB"):
        read("-", io.BytesIO(b" " * (17 << 20)))
    with pytest.raises(UsageError, match="is empty"):
        read("-", io.BytesIO(b" \n"))
    with pytest.raises(UsageError, match="no such file"):
        read(str(tmp_path / "none"), None)
