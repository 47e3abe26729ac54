from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.pipelines import house_directory, house_pipeline, read_pipeline
from stagewatch.targets import TARGETS


def read(tmp_path: Path, text: str, *, allow_external: bool = False) -> object:
    path = tmp_path / "pipeline.yml"
    path.write_text(text)
    return read_pipeline(path, allow_external=allow_external)


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    return str(caught.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize(
    "item",
    [
        "{type: command_placeholders, command: 'touch pwned'}",
        "{type: file_placeholders, path: /etc/passwd}",
        "{type: http_placeholders, url: 'https://example.invalid/'}",
        "{type: nest, items: [{type: command_placeholders, command: id}]}",
    ],
)
def test_a_pipeline_that_reaches_outside_is_refused(tmp_path: Path, item: str) -> None:
    message = refused(tmp_path, f"transformations:\n  - {item}\n")
    assert message.startswith("pipeline.yml: pipeline uses the transformation ")
    assert "--allow-external-sources" in message


@pytest.mark.parametrize("key", ["path", "vars"])
def test_a_template_that_reads_a_file_is_refused(tmp_path: Path, key: str) -> None:
    text = f"postprocessing:\n  - {{type: template, template: x, {key}: helpers.py}}\n"
    assert f"a template with '{key}'" in refused(tmp_path, text)


def test_a_trusted_pipeline_may_read_a_file(tmp_path: Path) -> None:
    (tmp_path / "values.txt").write_text("a\n")
    text = f"transformations:\n  - {{type: file_placeholders, path: '{tmp_path}/values.txt'}}\n"
    assert read(tmp_path, text, allow_external=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "pipeline.yml:2: pipeline not valid YAML"),
        ("- a\n", "pipeline.yml: a pipeline is one YAML mapping"),
        ("a: 1\n", "pipeline.yml: pipeline not accepted by pySigma: Unkown keys ['a']"),
        ("transformations:\n  - {type: guess}\n", "Unknown transformation type 'guess'"),
        ("transformations: 7\n", "pipeline not accepted by pySigma"),
        ("name: a\nname: b\n", "pipeline.yml:2: pipeline duplicate key 'name'"),
    ],
)
def test_a_pipeline_that_is_not_acceptable(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_a_pipeline_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none.yml: pipeline cannot be read: No such file"):
        read_pipeline(tmp_path / "none.yml")


def test_every_target_has_its_pipeline_and_every_pipeline_its_target() -> None:
    assert sorted(path.stem for path in house_directory().iterdir()) == sorted(TARGETS)


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "duckdb"])  # it maps every field to itself
def test_a_pipeline_of_the_house_refuses_unmapped_fields_after_mapping_and_before_conditions(name: str) -> None:
    kinds = [type(item.transformation).__name__ for item in house_pipeline(name).items]
    strict = kinds.index("StrictFieldMappingFailure")
    assert kinds.count("StrictFieldMappingFailure") == 1
    assert "FieldMappingTransformation" not in kinds[strict:]
    assert "AddConditionTransformation" not in kinds[:strict]
    assert "RuleFailureTransformation" in kinds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("transformations: [{type: [a]}]", "pipeline.yml: pipeline not accepted by pySigma"),
        ("transformations: [{type: {a: b}}]", "pipeline.yml: pipeline not accepted by pySigma"),
        ("vars: 5", "pipeline.yml: the pipeline's vars must be a mapping"),
        ("vars: {numeric_fields: abc}", "pipeline.yml: numeric_fields must be a list of field names"),
        ("vars: {qualified_names: {a: 5}}", "pipeline.yml: qualified_names must map field names to field names"),
    ],
)
def test_values_of_wrong_types_are_wrong_usage(tmp_path: Path, text: str, message: str) -> None:
    assert refused(tmp_path, text).startswith(message)
