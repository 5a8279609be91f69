"""How request bodies are read."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from config.unique_json import RepeatedMember, load_unique

LONGEST_NAME = 100


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
