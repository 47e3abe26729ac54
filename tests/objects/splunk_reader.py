"""Readers of ``.conf`` files for the tests: a strict one of our own, and AppInspect's, in an environment of its own.

Ours follows what the manual says of these files and refuses all that it does not know, a repeated key among it. Neither
is splunkd.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

Conf = dict[str, dict[str, str]]


def read(text: str) -> Conf:
    """Stanza -> key -> value. A line that ends in a backslash goes on in the next one."""
    stanzas: Conf = {}
    settings: dict[str, str] | None = None
    for line in _joined(text):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        if line.startswith("["):
            name = line[1 : line.rindex("]")]
            if name in stanzas or line != f"[{name}]":
                raise ValueError(f"stanza: {line!r}")
            settings = stanzas[name] = {}
            continue
        key, equals, value = line.partition("=")
        if settings is None or not equals or not re.fullmatch(r"[\w.]+ ", key) or key.strip() in settings:
            raise ValueError(f"setting: {line!r}")
        settings[key.strip()] = value.strip()
    return stanzas


def _joined(text: str) -> Iterator[str]:
    """The lines, each with those that it goes on in."""
    begun = ""
    for line in text.split("\n"):
        if line.rstrip().endswith("\\"):
            begun += line.rstrip()[:-1] + "\n"
        else:
            yield begun + line
            begun = ""
    if begun:
        raise ValueError(f"the file ends in a line that goes on: {begun!r}")


def appinspect_command() -> str | None:
    """The command ``splunk-appinspect``: that of STAGEWATCH_APPINSPECT or one on the path."""
    named = os.environ.get("STAGEWATCH_APPINSPECT")
    return shutil.which(named or "splunk-appinspect")


_LOOP = """
import json, sys
from splunk_appinspect import configuration_parser as parser
from splunk_appinspect.configuration_file import ConfigurationFile
for line in sys.stdin:
    conf = parser.parse(json.loads(line), ConfigurationFile(), parser.configuration_lexer)
    read = {part.name: {one.name: one.value for one in part.settings()} for part in conf.sections()}
    print(json.dumps({"conf": read, "errors": [str(error) for error in conf.errors]}), flush=True)
"""


class AppInspectReader:
    """AppInspect's own parser, asked over a pipe, as its dependencies do not go with ours."""

    def __init__(self, command: str) -> None:
        python = Path(command).with_name("python")
        self._process = subprocess.Popen(
            [python, "-c", _LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> AppInspectReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def read(self, text: str) -> Conf:
        """As :func:`read`; a finding of the parser is an error."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if answer["errors"]:
            raise ValueError(answer["errors"])
        conf: Conf = answer["conf"]
        return conf
