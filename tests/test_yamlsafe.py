from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.yamlsafe import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, YamlError, load_documents, read_documents


def refused(text: str) -> tuple[str, int | None]:
    with pytest.raises(YamlError) as caught:
        load_documents(text)
    return str(caught.value), caught.value.line


def test_documents_with_their_lines() -> None:
    assert load_documents("# note\na: 1\n---\n---\nb: [x]\n") == [(2, {"a": 1}), (5, {"b": ["x"]})]


def test_nothing_in_an_empty_file() -> None:
    assert load_documents("") == []


def test_a_duplicate_key_is_refused_with_its_line() -> None:
    assert refused("detection:\n  selection: {a: 1}\n  selection: {b: 1}\n") == ("duplicate key 'selection'", 3)


def test_a_duplicate_key_in_a_flow_mapping_is_refused() -> None:
    assert refused("x: {a: 1, a: 2}") == ("duplicate key 'a'", 1)


def test_merge_keys_are_no_duplicates() -> None:
    assert load_documents("a: &a {x: 1}\nb: {<<: *a, y: 2}\n")[0][1]["b"] == {"x": 1, "y": 2}


def test_broken_yaml_is_refused_with_its_line() -> None:
    message, line = refused("a: 1\nb: [1, 2\nc: 3\n")
    assert message.startswith("not valid YAML:")
    assert line == 3


def test_python_objects_are_refused() -> None:
    message, line = refused("a: !!python/object/apply:os.system ['true']\n")
    assert "could not determine a constructor" in message
    assert line == 1


def test_a_mapping_as_a_key_is_refused() -> None:
    assert refused("? {a: 1}\n: x\n") == ("a mapping key must be plain text", 1)


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, "? " * 50_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert refused(text)[0] == f"nested deeper than {MAX_DEPTH} levels"


def test_an_alias_bomb_is_refused() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert refused(bomb)[0] == f"more than {MAX_ALIASES} aliases"


def test_an_impossible_date_is_refused() -> None:
    assert refused("date: 2026-13-45\n")[0].startswith("not valid YAML:")


@pytest.mark.parametrize(
    "text", ["!!timestamp x", "!!bool z", "!!int x", "!!float y", "!!binary ä", "!!timestamp 2024-13-01"]
)
def test_a_scalar_that_is_not_of_its_tag_is_refused(text: str) -> None:
    assert refused(f"a: {text}\n")[0].startswith("not valid YAML:")


def test_a_control_character_is_refused_with_its_line() -> None:
    message, line = refused("a: ä\nb: x\x07\n")
    assert message.startswith("not valid YAML: unacceptable character")
    assert line == 2


def read_refused(path: Path) -> str:
    with pytest.raises(YamlError) as caught:
        read_documents(path)
    return str(caught.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "nul.yml").write_bytes(b"a: 1\n\0")
    (tmp_path / "latin.yml").write_bytes("a: Größe\n".encode("latin-1"))
    (tmp_path / "huge.yml").write_bytes(b"a" * (MAX_BYTES + 1))
    assert read_refused(tmp_path / "nul.yml") == "not a text file"
    assert read_refused(tmp_path / "latin.yml").startswith("not UTF-8 text")
    assert read_refused(tmp_path / "huge.yml") == f"larger than {MAX_BYTES} bytes"
    assert read_refused(tmp_path / "none.yml").startswith("cannot be read: No such file")


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "bom.yml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_documents(tmp_path / "bom.yml") == [(1, {"a": 1})]
