from __future__ import annotations

import json

import pytest

from stagewatch.new.event import Event
from stagewatch.new.sanitise import SID, identities, sanitise
from stagewatch.new.sources import HASHES
from tests.new.samples import SAMPLES, SYSMON
from tests.new.test_intake import given


def event(name: str) -> Event:
    (found,) = given(SAMPLES[name][1])
    assert found.event is not None
    return found.event


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_tells_any_more_whose_event_it_was(name: str) -> None:
    text = json.dumps(sanitise(event(name)).event.document).lower()
    for own in ("bob", "contoso", "laptop", "999988887777", "8.8.4.4", "172.16", "ab12", "123456789abc"):
        assert own not in text.replace("bobs-mac", ""), own


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_replaced_is_told(name: str) -> None:
    cleaned = sanitise(event(name))
    changed = cleaned.event.document != event(name).document
    assert bool(cleaned.told) is changed


def test_one_name_becomes_one_name_everywhere() -> None:
    fields = sanitise(event("sysmon as JSON")).event.fields
    assert fields["User"] == r"CORP\jdoe"
    assert fields["Image"] == r"C:\Users\jdoe\AppData\Local\Temp\rar.exe"
    assert fields["CommandLine"].endswith(r"C:\Users\jdoe\Documents")
    assert fields["Computer"] == "WS-FIN-07.corp.example"
    assert fields["Hashes"] == HASHES


def test_a_name_inside_of_another_word_stays() -> None:
    changed = json.loads(json.dumps(SYSMON).replace("loot.rar", "bobsled.rar"))
    (found,) = given(json.dumps(changed))
    assert found.event is not None
    assert "bobsled.rar" in sanitise(found.event).event.fields["CommandLine"]


@pytest.mark.parametrize("user", ["NT AUTHORITY\\\\SYSTEM", "NT AUTHORITY\\\\LOCAL SERVICE", "root"])
def test_names_that_tell_of_no_one_stay(user: str) -> None:
    (found,) = given(json.dumps(SYSMON).replace("CONTOSO\\\\bob", user))
    assert found.event is not None
    assert sanitise(found.event).event.fields["User"] == user.replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("S-1-5-21-1-2-3-500", SID),
        ("S-1-5-18", "S-1-5-18"),
        ("copy x \\\\\\\\192.168.7.7\\\\c", "copy x \\\\10.1.2.3\\c"),
        ("ping 127.0.0.1", "ping 127.0.0.1"),
        ("ping 8.8.8.8 9.9.9.9 8.8.8.8", "ping 198.51.100.3 198.51.100.4 198.51.100.3"),
        ("curl 2a00:1450:4001::200e", "curl 2001:db8::3"),
        ("mail bob.k@contoso.com", "mail jdoe@corp.example"),
        ("version 10.0.19041.1", "version 10.0.19041.1"),
    ],
)
def test_numbers_and_addresses_in_a_command_line(text: str, clean: str) -> None:
    line = json.dumps(SYSMON["Event"]["EventData"]["CommandLine"])  # type: ignore[index]
    (found,) = given(json.dumps(SYSMON).replace(line, f'"{text}"'))
    assert found.event is not None
    assert sanitise(found.event).event.fields["CommandLine"] == clean


def test_no_rule_asks_for_a_name_of_the_event() -> None:
    assert {"bob", "contoso", "laptop-bob", "laptop-bob.contoso.local"} <= identities(event("sysmon as JSON"))
