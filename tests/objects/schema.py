"""JSON schemas of objects, as a strict reader applies them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema

import stagewatch.objects

SCHEMAS = Path(stagewatch.objects.__file__).with_name("schemas")


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def errors(name: str, document: object) -> list[str]:
    """What the schema has against a document."""
    return [f"{error.json_path}: {error.message[:300]}" for error in validator(name).iter_errors(document)]
