"""A line of the log tells what happened, and none of the values that were at hand."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any, cast

import pytest

from config.logs import logging_config

PARTS = ("hunter", "2")  # apart, since a traceback shows the lines of the source


def formatted(*, as_json: bool) -> str:
    """What the log says of a crash while a password was in a local variable."""
    given = logging_config(level="INFO", json=as_json)["formatters"]["line"]
    formatter: logging.Formatter = given.pop("()")(**given)
    try:
        sign_in(password="".join(PARTS))
    except RuntimeError:
        fault = cast(Any, sys.exc_info())
    record = logging.LogRecord("accounts", logging.ERROR, __file__, 1, "It broke.", (), fault)
    return formatter.format(record)


def sign_in(*, password: str) -> None:
    raise RuntimeError(f"no answer within {len(password)} s")


@pytest.mark.parametrize("as_json", [True, False], ids=["production", "desk"])
def test_a_traceback_shows_no_local_variable(as_json: bool) -> None:
    text = formatted(as_json=as_json)
    assert "It broke." in text
    assert "RuntimeError: no answer within 7 s" in text
    assert "in sign_in" in text
    assert "".join(PARTS) not in text


def test_production_writes_one_object_a_line() -> None:
    text = formatted(as_json=True)
    assert "\n" not in text
    entry = json.loads(text)
    assert (entry["level"], entry["logger"], entry["event"]) == ("error", "accounts", "It broke.")
