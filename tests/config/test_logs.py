"""A log line says what happened without the values involved."""

from __future__ import annotations

import io
import json
import logging.config
import sys
from typing import Any, TextIO, cast

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from config.web.logs import logging_config

PARTS = ("hunter", "2")  # split, because a traceback shows the source lines


def formatted(*, as_json: bool) -> str:
    """Return the log of a crash with a password in a local variable."""
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


def test_production_logs_one_object_per_line() -> None:
    text = formatted(as_json=True)
    assert "\n" not in text
    entry = json.loads(text)
    assert (entry["level"], entry["logger"], entry["event"]) == ("error", "accounts", "It broke.")


@pytest.mark.parametrize(("status", "is_traced"), [(403, False), (400, False), (500, True)])
def test_a_refused_request_is_one_line(status: int, is_traced: bool) -> None:
    handler = handler_of(logging_config(level="INFO", json=False))
    written = io.StringIO()
    handler.setStream(written)
    logger = logging.getLogger("test of refusals")
    logger.propagate = False
    logger.handlers = [handler]

    try:
        raise PermissionDenied("not yours")
    except PermissionDenied as refusal:
        response = HttpResponse(status=status)
        request = RequestFactory().get("/admin/login/")
        log_response(
            "Refused: %s",
            request.path,
            response=response,
            exception=refusal,
            request=request,
            logger=logger,
        )

    assert "Refused: /admin/login/" in written.getvalue()
    assert ("Traceback" in written.getvalue()) is is_traced


def handler_of(config: dict[str, Any]) -> logging.StreamHandler[TextIO]:
    """Return the handler that LOGGING names, with its formatter and filters."""
    made = logging.config.DictConfigurator(config)
    made.config["formatters"]["line"] = made.configure_formatter(config["formatters"]["line"])
    for name, given in config["filters"].items():
        made.config["filters"][name] = made.configure_filter(given)
    return cast(
        "logging.StreamHandler[TextIO]", made.configure_handler(config["handlers"]["stderr"])
    )
