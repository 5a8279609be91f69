"""Google's discovery document as JSON schemas without additional properties."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient
from jsonschema import Draft202012Validator, FormatChecker

Json = dict[str, Any]
_PATH = Path(googleapiclient.__file__).parent / "discovery_cache/documents/calendar.v3.json"


FORMATS = FormatChecker(["date"])


def is_moment(text: object) -> bool:
    """Return whether the text is RFC 3339 with an offset."""
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


FORMATS.checks("date-time", raises=ValueError)(is_moment)


@cache
def document() -> Json:
    """Return the document that is part of Google's own library."""
    return dict(json.loads(_PATH.read_text()))


@cache
def methods() -> dict[str, Json]:
    """Yield each method by its name, as in `events.list`."""
    return {
        f"{resource}.{name}": method
        for resource, content in document()["resources"].items()
        for name, method in content["methods"].items()
    }


def check_answer(kind: str, answer: Any) -> None:
    """Validate the JSON of a response against the schema of its method."""
    reference = methods()[kind].get("response")
    assert reference is not None, f"{kind} has no body in the discovery document"
    validator(reference["$ref"]).validate(answer)


@cache
def validator(name: str) -> Draft202012Validator:
    """Return a validator for one of the document's schemas."""
    schemas = {key: _converted(schema) for key, schema in document()["schemas"].items()}
    schema = {"$ref": f"#/$defs/{name}", "$defs": schemas}
    return Draft202012Validator(schema, format_checker=FORMATS)


def _converted(schema: Json) -> Json:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    converted: Json = {"type": schema["type"]} if schema.get("type") != "any" else {}
    # Google writes 64-bit integers as strings, and checks dates by their format alone.
    if schema.get("format") in ("date", "date-time"):
        converted["format"] = schema["format"]
    if "items" in schema:
        converted["items"] = _converted(schema["items"])
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        converted["properties"] = {name: _converted(one) for name, one in properties.items()}
        more = schema.get("additionalProperties")
        converted["additionalProperties"] = _converted(more) if more else False
    return converted
