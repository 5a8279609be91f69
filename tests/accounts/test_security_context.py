"""A policy sees who asks, for as long as the request's transaction, and then nobody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.test import Client as Browser

from accounts.models import User
from accounts.security_context import acting_as
from tests.accounts.diaries import diary_table, seen, write
from tests.factories import PASSWORD, bearer, make_session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.diaries")]


@pytest.fixture(autouse=True)
def diaries(alice: User, bob: User) -> Iterator[None]:
    """A table of two people under a policy, and the role that the policy holds."""
    with diary_table():
        write(alice, "by the harbour")
        write(bob, "in the hills")
        yield


def read(browser: Browser, path: str = "/api/v1/diary", **headers: str) -> list[str]:
    entries: list[str] = browser.get(path, headers=headers).json()["results"]
    return entries


def test_a_bearer_sees_what_is_hers_and_the_next_visitor_nothing(alice: User, bob: User) -> None:
    hers, his = bearer(make_session(alice)), bearer(make_session(bob))
    browser = Browser()

    assert read(browser, **hers) == ["by the harbour"]
    assert read(browser) == []
    assert read(browser, **his) == ["in the hills"]
    assert read(browser, **hers) == ["by the harbour"]


@pytest.mark.parametrize("path", ["/api/v1/diary", "/diary"])
def test_the_cookie_sets_it_for_the_api_and_for_pages(alice: User, path: str) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert read(browser, path) == ["by the harbour"]
    assert read(Browser(), path) == []


def test_the_bearer_decides_where_a_cookie_stands_beside_it(alice: User, bob: User) -> None:
    browser = Browser()
    browser.force_login(alice)

    assert read(browser, **bearer(make_session(bob))) == ["in the hills"]


def test_a_crash_leaves_nobody_and_nothing(alice: User) -> None:
    browser = Browser(raise_request_exception=False)

    crashed = browser.post("/api/v1/diary", headers=bearer(make_session(alice)))

    assert crashed.status_code == 500
    assert read(browser) == []
    with acting_as(user_id=alice.pk):
        assert seen() == ["by the harbour"]


def test_a_refusal_by_the_view_undoes_what_it_wrote(alice: User) -> None:
    answer = Browser().put("/api/v1/diary", headers=bearer(make_session(alice)))

    assert answer.status_code == 409
    with acting_as(user_id=alice.pk):
        assert seen() == ["by the harbour"]


def test_a_page_that_answers_with_a_refusal_keeps_what_it_wrote(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)

    answer = browser.post("/diary")

    assert answer.status_code == 422
    with acting_as(user_id=alice.pk):
        assert seen() == ["by the harbour", "kept"]


def test_a_view_without_a_transaction_has_the_context_only_where_it_says(alice: User) -> None:
    answer = Browser().get("/api/v1/diary/outside", headers=bearer(make_session(alice)))

    assert answer.json() == {"in_transaction": False, "outside": [], "acting": ["by the harbour"]}


def test_inside_another_the_outer_context_comes_back(alice: User, bob: User) -> None:
    with acting_as(user_id=alice.pk):
        with acting_as(user_id=bob.pk):
            assert seen() == ["in the hills"]
        assert seen() == ["by the harbour"]
    assert seen() == []


def test_a_savepoint_that_is_undone_restores_it(alice: User, bob: User) -> None:
    with acting_as(user_id=alice.pk):
        with pytest.raises(ZeroDivisionError), acting_as(user_id=bob.pk):
            _ = 1 / 0
        assert seen() == ["by the harbour"]


def test_it_ends_with_the_transaction_even_after_an_exception(alice: User) -> None:
    with pytest.raises(ZeroDivisionError), acting_as(user_id=alice.pk):
        _ = 1 / 0
    assert seen() == []
    with transaction.atomic():
        assert seen() == []


def test_threads_that_take_turns_with_people_answer_each_with_what_is_theirs(
    alice: User, bob: User
) -> None:
    """Each thread keeps its connection over requests of all of them, as a server's do."""
    tokens = {"by the harbour": make_session(alice), "in the hills": make_session(bob)}
    turns = list(itertools.islice(itertools.cycle([*tokens, None]), 25))

    def take_turns(_thread: int) -> bool:
        browser = Browser()
        try:
            return all(
                read(browser, **bearer(tokens[entry])) == [entry] if entry else read(browser) == []
                for entry in turns
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(take_turns, range(8)))
