"""Read JSON request bodies strictly.

If an object repeats a member, some parsers keep the first and some the last, so two programs can
read different values from one text (RFC 8259 section 4).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json import JSONDecodeError
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

LONGEST_NAME = 100


class RepeatedMember(ValueError):
    """An object has two members of the same name."""

    def __init__(self, name: str) -> None:
        super().__init__("duplicate member name")
        self.name = name


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members as a dict; an `object_pairs_hook`. Raises RepeatedMember."""
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
    """Raise ValueError: NaN and Infinity are not JSON. A `parse_constant` hook."""
    raise ValueError(f"{name} is not JSON")


class UniqueJSONDecoder(json.JSONDecoder):
    """A strict decoder for forms.JSONField, which accepts a decoder class only."""

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
    """Parse JSON strictly. Raises RecursionError or ValueError (RepeatedMember is one)."""
    return json.loads(text, object_pairs_hook=unique_members, parse_constant=refuse_constant)


class BoundedJSONParser(JSONParser):
    """DRF's JSON parser, limited to DATA_UPLOAD_MAX_MEMORY_SIZE and UTF-8 (RFC 8259 section 8.1).

    DRF's own parser reads the stream past Django's limit, decodes it with whatever codec the
    Content-Type names, and answers 500 to a body that is nested a thousand levels deep.
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
        reason = _("The body isn't UTF-8.")
    except JSONDecodeError as error:
        reason = _("The body isn't valid JSON: see line %(lineno)s, column %(colno)s.") % {
            "lineno": error.lineno,
            "colno": error.colno,
        }
    except RepeatedMember as error:
        reason = _("The member %(name)s occurs twice in one object.") % {
            "name": f"{error.name[:LONGEST_NAME]!r}"
        }
    except ValueError:
        reason = _(
            "The body contains a number that JSON doesn't allow or that has too many digits."
        )
    except RecursionError:
        reason = _("The JSON is nested too deeply.")
    raise ParseError(reason)
