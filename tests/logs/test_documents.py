"""Documents out of streams: one a line, pretty-printed, arrays and containers, one after another."""

import io
import json
from typing import BinaryIO

import pytest

from stagewatch.logs import documents
from stagewatch.logs.documents import Broken

ONE, TWO = {"a": 1, "b": {"c": "]}{["}}, {"a": 2}


@pytest.mark.parametrize("chunk", [40, 4 << 20])
@pytest.mark.parametrize(
    "text",
    [
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n",
        f"{json.dumps(ONE)}\r\n\r\n{json.dumps(TWO)}",
        json.dumps(ONE, indent=2) + "\n" + json.dumps(TWO, indent=2),
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=1),
        json.dumps([ONE]) + "\n" + json.dumps([TWO]),
        json.dumps({"Records": [ONE, TWO], "next": "}"}, indent=1),
        json.dumps({"Records": [ONE]}, indent=1) + "\n" + json.dumps({"Records": [TWO]}, indent=1),
        json.dumps({"value": [ONE], "odata": [1]}, indent=1) + json.dumps(TWO, indent=1),
    ],
)
def test_each_document_comes_once(monkeypatch: pytest.MonkeyPatch, text: str, chunk: int) -> None:
    monkeypatch.setattr(documents, "CHUNK", chunk)
    stream: BinaryIO = io.BytesIO(text.encode())
    assert [value for _, value, _ in documents.documents(stream)] == [ONE, TWO]


def test_containers_one_a_line_come_whole() -> None:
    line = json.dumps({"Records": [ONE, TWO]})
    values = [value for _, value, _ in documents.documents(io.BytesIO(f"{line}\n{line}\n".encode()))]
    assert values == [{"Records": [ONE, TWO]}] * 2


def test_line_that_is_no_json_is_said_and_the_others_come() -> None:
    found = list(documents.documents(io.BytesIO(b'{"a":1}\nnonsense\n{"a":2}\n{"a":')))
    assert [(place, value if isinstance(value, dict) else value.torn) for place, value, _ in found] == [
        ("line 1", {"a": 1}),
        ("line 2", False),
        ("line 3", {"a": 2}),
        ("line 4", True),
    ]


def test_document_without_end_before_whole_ones() -> None:
    found = [value for _, value, _ in documents.documents(io.BytesIO(b'{\n"a": [1,\n{"a": 1}\n'))]
    assert isinstance(found[-1], dict | Broken)
