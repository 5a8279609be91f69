"""Every error under /api/ is application/problem+json (RFC 9457)."""

from __future__ import annotations

import http.client
import json
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client as Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from config.web.problems import CODES, TITLES, Kind
from tests.config.away import database_away
from tests.config.urls import ERRORS
from tests.factories import PASSWORD
from tests.http import Response

pytestmark = pytest.mark.urls("tests.config.urls")

MEMBERS = ["type", "title", "status", "detail", "code", "request_id"]
REQUEST_ID = "request-of-the-test"
CHALLENGE = 'Bearer realm="api"'


@pytest.fixture
def client() -> Browser:
    """Return a client that gets the response to a crash."""
    return Browser(raise_request_exception=False, headers={"X-Request-ID": REQUEST_ID})


def problem_in(response: Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Return the body, after checking the members of every problem."""
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    problem: dict[str, Any] = response.json()
    errors = ["errors"] if "errors" in problem else []
    assert list(problem) == MEMBERS + errors
    assert problem["status"] == status
    assert problem["title"] == TITLES[status]
    assert problem["code"] == (code or CODES[status])
    assert problem["type"] == f"urn:daybook:problem:{problem['code']}"
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == response.headers["X-Request-ID"] == REQUEST_ID
    return problem


def faults_in(response: Response) -> dict[str, tuple[str, str]]:
    problem = problem_in(response, 422)
    return {fault["field"]: (fault["code"], fault["message"]) for fault in problem["errors"]}


def post(client: Browser, body: Any, content_type: str = "application/json") -> Response:
    """Send bytes unchanged; the client's own `post` would encode them in the given charset."""
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.generic("POST", "/api/read", sent, content_type)


@pytest.mark.parametrize("place", ["raise", "plainly"])
@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_domain_error(client: Browser, kind: Kind, place: str) -> None:
    response = client.get(f"/api/{place}/{kind.name}")
    problem = problem_in(response, kind.value, f"{kind.name.lower()}-by-order")
    assert problem["detail"] == "It was ordered to go wrong."
    waits = {Kind.THROTTLED: "7", Kind.UNAVAILABLE: "7"}
    assert response.headers.get("Retry-After") == waits.get(kind)
    challenges = {Kind.UNAUTHENTICATED: CHALLENGE}
    assert response.headers.get("WWW-Authenticate") == challenges.get(kind)
    fault = {"field": "address.city", "code": "ordered", "message": "Not this one."}
    assert problem.get("errors") == ([fault] if kind is Kind.INVALID else None)


OF_FRAMEWORKS = {
    "drf.ParseError": 400,
    "drf.AuthenticationFailed": 401,
    "drf.NotAuthenticated": 401,
    "drf.PermissionDenied": 403,
    "drf.NotFound": 404,
    "drf.MethodNotAllowed": 405,
    "drf.NotAcceptable": 406,
    "drf.UnsupportedMediaType": 415,
    "drf.Throttled": 429,
    "drf.ValidationError": 422,
    "Http404": 404,
    "PermissionDenied": 403,
    "RequestDataTooBig": 413,
    "TooManyFieldsSent": 413,
    "ValidationError": 422,
    "OperationalError": 503,
    "InterfaceError": 503,
    "redis.ConnectionError": 503,
    "redis.TimeoutError": 503,
    "crash": 500,
}


def test_every_error_has_its_row() -> None:
    assert OF_FRAMEWORKS.keys() | Kind.__members__.keys() == ERRORS.keys()


@pytest.mark.django_db  # the handling of a database error tests the connection
@pytest.mark.parametrize("place", ["raise", "plainly"])
@pytest.mark.parametrize(("name", "status"), OF_FRAMEWORKS.items())
def test_each_exception_of_the_frameworks(
    client: Browser, name: str, status: int, place: str
) -> None:
    response = client.get(f"/api/{place}/{name}")
    problem = problem_in(response, status)
    assert "hunter2" not in response.content.decode()
    assert [fault["field"] for fault in problem.get("errors", [])] == ["name"] * (status == 422)
    assert ("Retry-After" in response.headers) == (status in (429, 503))


def test_a_wait_is_rounded_up(client: Browser) -> None:
    assert client.get("/api/raise/drf.Throttled").headers["Retry-After"] == "3"


def test_a_refusal_to_sign_in_carries_the_challenge(client: Browser) -> None:
    for response in (client.get("/api/raise/drf.NotAuthenticated"), client.get("/api/v1/profile")):
        problem_in(response, 401)
        assert response.headers["WWW-Authenticate"] == CHALLENGE


def test_an_unknown_path(client: Browser) -> None:
    for path in ("/api/", "/api/v2/profile", "/api/v1/nowhere", "/api/v1/nowhere/"):
        problem_in(client.get(path), 404)
        problem_in(client.post(path, {}, "application/json"), 404)


def test_a_wrong_method_names_the_right_ones(client: Browser) -> None:
    response = client.get("/api/v1/auth/token")
    problem_in(response, 405)
    assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("media_type", ["text/csv", "application/x-www-form-urlencoded", ""])
def test_a_wrong_media_type(client: Browser, media_type: str) -> None:
    problem_in(post(client, b"message=yes", media_type), 415)


def test_an_unsupported_format_is_refused(client: Browser) -> None:
    problem_in(client.get("/api/ask", headers={"Accept": "text/csv"}), 406)


def test_a_host_that_is_not_ours(client: Browser, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["daybook.example"]
    response = client.get("/api/ask", headers={"Host": "evil.example"})
    problem_in(response, 400)
    assert "evil" not in response.content.decode()


def test_a_cookie_without_its_csrf_token(alice: User) -> None:
    client = Browser(enforce_csrf_checks=True, headers={"X-Request-ID": REQUEST_ID})
    client.force_login(alice)
    problem_in(client.patch("/api/v1/profile", {}, "application/json"), 403)


UNREADABLE = {
    "half an object": b'{"message": ',
    "no JSON": b"yes",
    "a number that is none": b'{"message": NaN}',
    "no UTF-8": b'{"message": "\xff"}',
    "another encoding": '{"message": "yes"}'.encode("utf-16"),
    "nested too deeply": b"[" * 100_000,
    "a number too long to read": b"1" * 5000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_body(client: Browser, body: bytes) -> None:
    problem_in(post(client, body), 400)


@pytest.mark.parametrize("charset", ["utf-16", "zlib", "hex", "rot13", "idna", "none-such"])
def test_json_is_utf_8_whatever_else_is_said(client: Browser, charset: str) -> None:
    response = post(client, '{"message": "äöü"}'.encode(), f"application/json; charset={charset}")
    assert (response.status_code, response.json()) == (200, {"message": "äöü"})


@pytest.mark.parametrize("body", ["[]", "1", '"yes"', "null", "true"])
def test_json_that_is_no_object(client: Browser, body: str) -> None:
    assert faults_in(post(client, body)).keys() <= {""}


def test_fields_are_dotted_paths(client: Browser) -> None:
    body = {
        "message": "yes",
        "attendees": [{"email": "alice@example.org"}, {"email": "nobody"}, {}],
        "tags": ["one", "eleven"],
        "contact": {"email": ""},
    }
    found = {field: code for field, (code, _message) in faults_in(post(client, body)).items()}
    assert found == {
        "attendees.1.email": "invalid",
        "attendees.2.email": "required",
        "tags.1": "max_length",
        "contact.email": "blank",
    }


def test_members_that_are_named_message_and_code(client: Browser) -> None:
    found = faults_in(post(client, {"message": "eleven", "code": "x"}))
    assert {field: code for field, (code, _message) in found.items()} == {
        "message": "max_length",
        "code": "invalid",
    }
    assert found["code"][1] == "A valid integer is required."


def test_a_fault_of_the_whole_body_has_no_field(client: Browser) -> None:
    assert faults_in(post(client, {"message": "no"})) == {"": ("refused-word", "Not this word.")}


def test_a_name_that_no_encoding_can_carry(client: Browser, alice: User) -> None:
    client.force_login(alice)
    response = client.patch("/api/v1/profile", r'{"\ud800": 1}', "application/json")
    assert problem_in(response, response.status_code)["status"] in (400, 422)


def test_a_body_as_large_as_allowed(client: Browser) -> None:
    body = b'{"message": "yes"}'
    assert post(client, body.ljust(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)).status_code == 200
    problem_in(post(client, body.ljust(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)), 413)


@pytest.mark.django_db(transaction=True)
def test_a_body_too_large_over_http(live_server: LiveServer) -> None:
    """The limit applies to a real stream, too, and the account stays unchanged."""
    body = json.dumps({"email": "alice@example.org", "password": PASSWORD * 100_000})
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=20)
    connection.request("POST", "/api/v1/auth/token", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    connection.close()
    assert answer.status == problem["status"] == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == problem["request_id"]


@pytest.mark.django_db(transaction=True)
def test_the_database_is_unreachable(
    client: Browser, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    with database_away(monkeypatch):
        answers = [client.get("/api/ask"), client.get("/api/v1/profile")]
    for answer in answers:
        problem_in(answer, 503)
        assert answer.headers["Retry-After"] == "5"
    assert client.get("/api/ask").json() == {"answer": 1}


def test_a_crash_tells_the_log_and_not_the_phone(
    client: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "django.request"):
        response = client.get("/api/raise/crash")
    problem = problem_in(response, 500)
    assert "RuntimeError" not in response.content.decode()
    assert "request_id" in problem["detail"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], RuntimeError)


def test_pages_have_pages(client: Browser) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
