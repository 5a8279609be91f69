"""After a lost connection a safe request runs once more; for others nothing false is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection, connections
from django.test import AsyncClient
from django.test import Client as Browser

from accounts.models import User
from tests.config import fault_urls
from tests.factories import bearer, make_session
from tests.loops import run_async

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.config.fault_urls"),
]
WRITTEN = 20_261
BODY = f'{{"legacy_id": {WRITTEN}}}'
Answer = tuple[int, dict[str, Any]]
Ask = Callable[[str, str, User], Answer]


@pytest.fixture(autouse=True)
def first_run(transactional_db: None) -> Iterator[None]:
    """Reset the count of runs, and leave no broken connection behind."""
    fault_urls.runs.clear()
    yield
    connection.close()


def by_wsgi(method: str, path: str, user: User) -> Answer:
    response = Browser().generic(method, path, BODY, "application/json", headers=headers_of(user))
    return response.status_code, response.json()


def by_asgi(method: str, path: str, user: User) -> Answer:
    """Send a request through Django's ASGI handler, in a thread with its own connections."""
    headers = headers_of(user)

    async def ask() -> Answer:
        response = await AsyncClient().generic(
            method, path, BODY, "application/json", headers=headers
        )
        await sync_to_async(connections.close_all)()
        return response.status_code, response.json()

    return run_async(ask())


def headers_of(user: User) -> dict[str, str]:
    return bearer(make_session(user))


@pytest.fixture(params=[by_wsgi, by_asgi], ids=["WSGI", "ASGI"])
def ask(request: pytest.FixtureRequest) -> Ask:
    door: Ask = request.param
    return door


def test_a_safe_request_runs_again(ask: Ask, alice: User) -> None:
    assert ask("GET", "/api/lost", alice) == (200, {"run": 2})
    assert fault_urls.runs == ["GET", "GET"]


def test_another_method_gets_503_and_saves_nothing(ask: Ask, alice: User) -> None:
    status, problem = ask("POST", "/api/lost", alice)
    assert (status, problem["code"]) == (503, "unavailable")
    assert fault_urls.runs == ["POST"]
    close_old_connections()
    assert User.objects.get(pk=alice.pk).legacy_id is None


@pytest.mark.direct
def test_what_may_have_been_done_abroad_is_not_done_twice(ask: Ask, alice: User) -> None:
    assert ask("GET", "/api/lost-abroad", alice)[0] == 503
    assert fault_urls.runs == ["GET"]


def test_a_commit_that_is_lost_is_not_acknowledged(ask: Ask, alice: User) -> None:
    status, problem = ask("POST", "/api/lost-in-commit", alice)
    assert (status, problem["code"]) == (503, "outcome-unknown")
    assert "may or may not have been saved" in problem["detail"]
    assert fault_urls.runs == ["POST"]


def test_a_safe_request_whose_commit_is_lost_runs_again(ask: Ask, alice: User) -> None:
    assert ask("GET", "/api/lost-in-commit", alice) == (200, {"run": 2})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_deadlock_runs_again_as_a_whole(ask: Ask, alice: User, method: str) -> None:
    assert ask(method, "/api/deadlock", alice) == (200, {"run": 2})
    written = WRITTEN if method == "POST" else None
    assert User.objects.get(pk=alice.pk).legacy_id == written


def test_a_deadlock_in_a_view_that_is_not_repeatable_is_a_503(ask: Ask, alice: User) -> None:
    assert ask("POST", "/api/deadlock-unmarked", alice)[0] == 503
    assert fault_urls.runs == ["POST"]
    assert User.objects.get(pk=alice.pk).legacy_id is None


def test_a_connection_that_died_between_requests_is_replaced(alice: User) -> None:
    """Nothing was sent yet, so this holds for every method."""
    headers = headers_of(alice)
    fault_urls.end_own_backend()
    close_old_connections()  # as when a request begins, which the test client leaves out
    fault_urls.runs.append("before")

    response = Browser().post(
        "/api/lost", {"legacy_id": WRITTEN}, "application/json", headers=headers
    )

    assert (response.status_code, response.json()) == (200, {"run": 2})
    assert User.objects.get(pk=alice.pk).legacy_id == WRITTEN


@pytest.mark.direct
def test_a_failed_session_lookup_is_a_503(alice: User) -> None:
    """The session is looked up outside the view, in middleware that caches the user."""
    browser = Browser()
    browser.force_login(alice)
    fault_urls.end_own_backend()
    page = browser.post("/accounts/logout/")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
