"""How request bodies are read.

Of a member that stands twice some readers take the first and some the last, so that two programs
read two things out of one text (RFC 8259 section 4).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json import JSONDecodeError
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

LONGEST_NAME = 100


class RepeatedMember(ValueError):
    """A name stands twice in one object."""

    def __init__(self, name: str) -> None:
        super().__init__("a member stands twice")
        self.name = name


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`. Raises RepeatedMember."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _value in pairs:
        if name in seen:
            raise RepeatedMember(name)
        seen.add(name)
    raise AssertionError("unreachable: fewer members than pairs")


def refuse_constant(name: str) -> NoReturn:
    """For `parse_constant`: NaN and Infinity are not JSON."""
    raise ValueError(f"{name} is not JSON")


class UniqueJSONDecoder(json.JSONDecoder):
    """For forms.JSONField, which knows decoders alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            object_pairs_hook=unique_members, parse_constant=refuse_constant, **options
        )

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except RepeatedMember as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


def load_unique(text: str | bytes) -> Any:
    """Raises RecursionError or ValueError, of which RepeatedMember is a kind."""
    return json.loads(text, object_pairs_hook=unique_members, parse_constant=refuse_constant)


class BoundedJSONParser(JSONParser):
    """DRF's, held to DATA_UPLOAD_MAX_MEMORY_SIZE and to UTF-8 (RFC 8259 section 8.1).

    DRF reads the stream past Django's own bound, decodes it by whatever codec the Content-Type
    names, and lets a body nested a thousand deep end in a 500.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        return _loads(body)


def _loads(body: bytes) -> Any:
    try:
        return load_unique(body.decode())
    except UnicodeDecodeError:
        reason = "The body is not UTF-8."
    except JSONDecodeError as error:
        reason = f"The body is not JSON: see line {error.lineno}, column {error.colno}."
    except RepeatedMember as error:
        reason = f"The member {error.name[:LONGEST_NAME]!r} stands twice in one object."
    except ValueError:
        reason = "The body holds a number that JSON does not have, or one of too many digits."
    except RecursionError:
        reason = "The JSON is nested too deeply."
    raise ParseError(reason)
