"""Which validators are run: all that are installed, or there is a reason why not; and never over the network."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from sigma.validators.core import validators as core
from sigma.validators.sigmahq import validators as sigmahq
from sigma.validators.sigmahq.data import data_filename, data_taxonomy, data_windows_eventid, data_windows_provider

from stagewatch.check import rules_validators
from stagewatch.check.codes import codes
from stagewatch.check.validators import NOT_RUN, VALIDATORS
from tests.check.samples import remarks, rule


def test_every_validator_has_a_code_or_a_reason() -> None:
    run = [name for validator in VALIDATORS for name in validator.names]
    assert len(run) == len(set(run))
    assert set(run) | NOT_RUN.keys() == core.keys() | sigmahq.keys()
    assert not set(run) & NOT_RUN.keys()


def test_what_stands_in_for_a_validator_exists() -> None:
    named = {
        word for reason in NOT_RUN.values() for word in reason.split() if word.startswith("SW") and word[2:].isdigit()
    }
    assert named <= codes().keys()


def test_validators_load_nothing_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert remarks(rules_validators, rule(), tmp_path / "repository") == []
    assert not (tmp_path / "home").exists()
    for module in (data_filename, data_taxonomy, data_windows_eventid, data_windows_provider):
        assert [name for name in vars(module) if name.startswith("sigmahq_")] == []
