"""A person's categories over the API: six at first, then their own; nobody else sees them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Category, CategorySetup
from calendars.timeline import category_editing
from calendars.timeline.category_choices import ensure_categories
from tests.factories import bearer, make_session
from tests.http import Response

pytestmark = pytest.mark.django_db
LIST = "/api/v1/categories"
KNOWN = ["Work", "Health", "Leisure", "Family", "Fitness", "Other"]
MEMBERS = {"id", "name", "colour", "emoji", "weight", "keywords", "default"}


class Phone:
    """A program of one person's."""

    def __init__(self, person: User) -> None:
        self.browser = Browser(headers=bearer(make_session(person)))

    def get(self) -> list[dict[str, Any]]:
        response = self.browser.get(LIST)
        assert response.status_code == 200
        answer = response.json()
        assert (answer["next"], answer["previous"]) == (None, None)
        results: list[dict[str, Any]] = answer["results"]
        return results

    def post(self, **values: object) -> Response:
        return self.browser.post(LIST, values, "application/json")

    def patch(self, category_id: object, **values: object) -> Response:
        return self.browser.patch(f"{LIST}/{category_id}", values, "application/json")

    def delete(self, category_id: object) -> Response:
        return self.browser.delete(f"{LIST}/{category_id}")


@pytest.fixture
def phone(alice: User) -> Phone:
    return Phone(alice)


def codes(response: Response) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in response.json().get("errors", [])]


def test_each_person_begins_with_six_that_are_created_once(phone: Phone, alice: User) -> None:
    listed = phone.get()

    assert [each["name"] for each in listed] == KNOWN
    assert [each["name"] for each in listed if each["default"]] == ["Other"]
    assert all(set(each) == MEMBERS for each in listed)
    assert {"dentist*", "zahnarzt*"} <= set(listed[1]["keywords"])
    assert phone.get() == listed
    assert Category.objects.filter(owner=alice).count() == 6


def test_deleted_ones_do_not_return(phone: Phone, alice: User) -> None:
    for each in phone.get():
        assert phone.delete(each["id"]).status_code == 204

    assert phone.get() == []
    assert Category.objects.filter(owner=alice).count() == 0


def test_an_own_one_is_created_changed_and_deleted(phone: Phone, alice: User) -> None:
    created = phone.post(
        name="  Choir  practice ", colour="#AA3366", emoji="🎵", keywords=["choir", "Chor *"]
    )

    assert created.status_code == 201
    made = created.json()
    assert made["name"] == "Choir practice"
    assert (made["colour"], made["emoji"], made["weight"]) == ("#aa3366", "🎵", 0)
    assert phone.get()[-1] == made

    changed = phone.patch(made["id"], weight=70, keywords=["choir", "CHOIR", "Bach"])
    assert changed.status_code == 200
    assert changed.json() == made | {"weight": 70, "keywords": ["choir", "Bach"]}
    row = Category.objects.get(pk=made["id"])
    assert (row.owner_id, row.weight, row.keywords) == (alice.pk, 70, ["choir", "Bach"])

    assert phone.delete(made["id"]).status_code == 204
    assert phone.delete(made["id"]).status_code == 404
    assert not Category.objects.filter(pk=made["id"]).exists()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [("name", "required")]),
        ({"name": " "}, [("name", "blank")]),
        ({"name": "x" * 61}, [("name", "max_length")]),
        ({"name": "x", "colour": "red"}, [("colour", "not-a-colour")]),
        ({"name": "x", "emoji": "ab"}, [("emoji", "not-an-emoji")]),
        ({"name": "x", "emoji": "🏃🏃"}, [("emoji", "not-an-emoji")]),
        ({"name": "x", "weight": 101}, [("weight", "max_value")]),
        ({"name": "x", "weight": "heavy"}, [("weight", "invalid")]),
        ({"name": "x", "keywords": ["ok", "!!"]}, [("keywords.1", "not-a-keyword")]),
        ({"name": "x", "keywords": ["ab*"]}, [("keywords.0", "not-a-keyword")]),
        ({"name": "x", "keywords": ["a*b"]}, [("keywords.0", "not-a-keyword")]),
        ({"name": "x", "keywords": ["k" * 61]}, [("keywords.0", "max_length")]),
        ({"name": "x", "keywords": ["k"] * 201}, [("keywords", "max_length")]),
        ({"name": "x", "default": True}, [("default", "not-changeable")]),
    ],
)
def test_refused_values_name_their_field(
    phone: Phone, alice: User, values: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    response = phone.post(**values)

    assert response.status_code == 422
    assert codes(response) == expected
    assert not Category.objects.filter(owner=alice, name="x").exists()


@pytest.mark.parametrize("emoji", ["🏃", "🏃🏽‍♀️", "🇩🇪", "❤️", "1️⃣", "👨‍👩‍👧‍👦", "☎", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", ""])
def test_one_emoji_of_any_kind_or_none_is_accepted(phone: Phone, emoji: str) -> None:
    response = phone.post(name="x", emoji=emoji)

    assert (response.status_code, response.json().get("emoji")) == (201, emoji)


def test_a_name_is_taken_whatever_its_case(phone: Phone) -> None:
    work, health = phone.get()[:2]

    for response in (phone.post(name="WORK"), phone.patch(health["id"], name="work")):
        assert response.status_code == 409
        assert response.json()["code"] == "name-taken"
        assert codes(response) == [("name", "name-taken")]
    assert phone.patch(work["id"], name="WORK").json()["name"] == "WORK"


def test_their_number_is_bounded(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(category_editing, "MOST_CATEGORIES", 7)

    assert phone.post(name="seventh").status_code == 201
    refused = phone.post(name="eighth")

    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-categories")
    assert len(phone.get()) == 7


def test_charlie_neither_sees_nor_changes_them(phone: Phone, charlie: User) -> None:
    made = phone.post(name="Secret society").json()
    other = Phone(charlie)

    assert [each["name"] for each in other.get()] == KNOWN
    assert made["id"] not in {each["id"] for each in other.get()}
    assert other.patch(made["id"], name="Known").status_code == 404
    assert other.delete(made["id"]).status_code == 404
    assert Category.objects.get(pk=made["id"]).name == "Secret society"


def test_nobody_gets_them_without_a_sign_in() -> None:
    assert Browser().get(LIST).status_code == 401
    assert Browser().patch(f"{LIST}/{uuid4()}", {}, "application/json").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_many_first_requests_one_creates_them(alice: User) -> None:
    crowd = 8
    together = Barrier(crowd)

    def first_use(_: int) -> list[str]:
        try:
            together.wait(20)
            with acting_as(user_id=alice.pk):
                return [category.name for category in ensure_categories(alice.pk)]
        finally:
            connection.close()

    with ThreadPoolExecutor(crowd) as threads:
        answers = list(threads.map(first_use, range(crowd)))

    assert answers == [KNOWN] * crowd
    assert Category.objects.filter(owner=alice).count() == 6
    assert CategorySetup.objects.filter(owner=alice).count() == 1
