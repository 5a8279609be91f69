"""The OpenAPI description covers every URL, and its error responses are correct."""

from __future__ import annotations

import io
from typing import Any

import jsonschema
import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from config.web.problems import TITLES
from tests.http import Response
from tests.product import call_command

Json = dict[str, Any]
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def schema(client: Browser) -> Json:
    """Return the description as a client gets it."""
    response = client.get("/api/schema/?format=json")
    assert response.status_code == 200
    described: Json = response.json()
    return described


def operations(schema: Json) -> dict[str, Json]:
    return {
        f"{method} {path}": operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    }


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    """Yield every path of a URL configuration, with {name} for each variable part."""
    found: set[str] = set()
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= addresses(pattern.url_patterns, path)
        else:
            found.add(f"/{path}")
    return found


def without_converters(path: str) -> str:
    return path.replace("<uuid:", "{").replace("<str:", "{").replace("<int:", "{").replace(">", "}")


def test_it_is_valid_and_made_without_a_warning() -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO(), stderr=io.StringIO()
    )


def test_every_address_is_described(schema: Json) -> None:
    ours = addresses(get_resolver("config.urls").url_patterns)
    v1 = {without_converters(path) for path in ours if path.startswith("/api/v1/")}
    assert "/api/v1/profile" in v1
    assert schema["paths"].keys() == v1


def test_each_operation_has_a_name_of_its_own_and_a_success(schema: Json) -> None:
    found = operations(schema)
    names = [operation["operationId"] for operation in found.values()]
    assert len(names) == len(set(names))
    assert {key.split()[0] for key in found} <= METHODS
    for key, operation in found.items():
        assert any(status.startswith("2") for status in operation["responses"]), key


def test_each_operation_has_a_summary_of_its_own(schema: Json) -> None:
    summaries = {key: op.get("summary", "") for key, op in operations(schema).items()}
    assert len(set(summaries.values())) == len(summaries) >= 28
    for key, summary in summaries.items():
        assert 5 < len(summary) <= 60, key
        assert summary[0].isupper(), key
        assert not summary.endswith("."), key


def test_a_deletion_that_takes_a_body_says_so(schema: Json) -> None:
    body = schema["paths"]["/api/v1/account"]["delete"]["requestBody"]
    assert body["required"]
    reference = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert schema["components"]["schemas"][reference]["required"] == ["confirm"]


def test_a_refused_media_type_is_answered_with_the_accepted_ones(
    client: Browser, alice: User
) -> None:
    client.force_login(alice)
    for path, accepted in (
        ("profile", "application/json"),
        ("profile/avatar", "multipart/form-data"),
    ):
        answer = client.put(f"/api/v1/{path}", b"a=b", "text/csv")
        assert (answer.status_code, answer.json()["detail"]) == (
            415,
            f"Send the request body as {accepted}.",
        )
    answer = client.get("/api/v1/profile", headers={"Accept": "text/csv"})
    assert (answer.status_code, "application/json" in answer.json()["detail"]) == (406, True)


def test_lists_are_named_so(schema: Json) -> None:
    paths = schema["paths"]
    assert paths["/api/v1/connections"]["get"]["operationId"] == "connections_list"
    one = paths["/api/v1/connections/{connection_id}"]["get"]
    assert one["operationId"] == "connections_retrieve"


def described(schema: Json, response: Json) -> Json:
    """Return the target of a reference; any other response is returned unchanged."""
    for part in response.get("$ref", "#").split("/")[1:]:
        schema = schema[part]
    return schema if "$ref" in response else response


def test_each_refusal_is_a_problem(schema: Json) -> None:
    for key, operation in operations(schema).items():
        refusals = {
            int(status): described(schema, response)
            for status, response in operation["responses"].items()
            if status >= "4"
        }
        assert {401, 403, 406, 429, 500, 503} <= refusals.keys() <= TITLES.keys(), key
        assert {400, 413, 415, 422} <= refusals.keys() or "requestBody" not in operation, key
        assert 404 in refusals or "{" not in key, key
        for refusal in refusals.values():
            assert refusal["description"], key
            assert refusal["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }, key


def test_a_wait_is_described(schema: Json) -> None:
    answers = schema["components"]["responses"]
    waiting = {
        name for name, answer in answers.items() if "Retry-After" in answer.get("headers", {})
    }
    assert waiting == {"Problem429", "Problem503"}


def assert_as_described(schema: Json, key: str, response: Response) -> None:
    """Check that the operation lists the status, and that the body matches its schema exactly."""
    assert str(response.status_code) in operations(schema)[key]["responses"]
    problem = {**schema["components"]["schemas"]["Problem"], "additionalProperties": False}
    fault = schema["components"]["schemas"]["ProblemFault"]
    problem["properties"] = {**problem["properties"], "errors": {"type": "array", "items": fault}}
    jsonschema.validate(response.json(), problem)


def test_what_is_answered_is_as_described(schema: Json, client: Browser, alice: User) -> None:
    profile = "/api/v1/profile"
    assert_as_described(schema, f"get {profile}", client.get(profile))
    client.force_login(alice)
    unknown = "/api/v1/connections/00000000-0000-0000-0000-000000000000"
    key = "get /api/v1/connections/{connection_id}"
    assert_as_described(schema, key, client.get(unknown))
    for body, media_type in (
        (b"{", "application/json"),
        (b"a=b", "text/csv"),
        (b'{"website": "x", "first_name": 1}', "application/json"),
        (b" " * 2_000_000, "application/json"),
    ):
        response = client.patch(profile, body, media_type)
        assert_as_described(schema, f"patch {profile}", response)
    assert_as_described(
        schema, "get /api/v1/occurrences", client.get("/api/v1/occurrences?start=never")
    )


def test_the_browser_of_it_renders(client: Browser) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"swagger-ui" in page.content
    assert b"<script>" not in page.content
    script = client.get("/api/docs/?script=")
    assert script.status_code == 200
    assert b"/api/schema/" in script.content
