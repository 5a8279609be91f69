"""Categories in the settings, without JavaScript: changed, added, deleted, titles forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar, Category, CategoryChoice, CategoryLesson, Event
from calendars.timeline.category_choices import ensure_categories, set_category
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.http import Response

pytestmark = pytest.mark.django_db
PAGE = "/settings/categories/"
FORM = {
    "name": "Choir",
    "hue": "5",
    "emoji": "🎵",
    "weight": "70",
    "keywords": "choir, Chor*\nBach",
}


@pytest.fixture
def calendar(alice: User, client: Client) -> Calendar:
    client.force_login(alice)
    return make_calendar(make_connection(alice), "Everything", "#4a6fa5")


@pytest.fixture
def work(alice: User) -> Category:
    return ensure_categories(alice.pk)[0]


def soon(calendar: Calendar, title: str) -> Event:
    return make_hour(calendar, title, timezone.now().date() + timedelta(days=2), 9)


def text(response: Response) -> str:
    return response.content.decode()


def test_it_lists_them_with_what_they_match(client: Client, calendar: Calendar) -> None:
    soon(calendar, "Dentist")
    soon(calendar, "Dentist again")

    html = text(client.get(PAGE))

    assert "2 events in the next 90 days" in html
    assert 'value="Health"' in html
    assert "dentist*" in html
    assert "takes what no other category takes" in html


def test_one_is_added_changed_and_deleted(client: Client, calendar: Calendar, alice: User) -> None:
    assert client.post(f"{PAGE}new/", FORM).status_code == 302
    made = Category.objects.get(owner=alice, name="Choir")
    assert (made.colour, made.weight) == ("#009586", 70)
    assert made.keywords == ["choir", "Chor*", "Bach"]

    client.post(f"{PAGE}{made.pk}/", FORM | {"name": "Singing", "keywords": ""})
    made.refresh_from_db()
    assert (made.name, made.keywords) == ("Singing", [])

    client.post(f"{PAGE}{made.pk}/", {"delete": "yes"})
    assert not Category.objects.filter(pk=made.pk).exists()
    assert client.post(f"{PAGE}{made.pk}/", FORM).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"name": ""}, 422, "Enter a name."),
        ({"name": "work"}, 409, "You have a category with this name."),
        ({"emoji": "ab"}, 422, "Use one emoji"),
        ({"weight": "many"}, 422, "Use a number from 0 to 100."),
        ({"weight": "101"}, 422, "Use a number from 0 to 100."),
        ({"keywords": "ok, ab*"}, 422, "at least 3 letters"),
    ],
)
def test_what_is_refused_is_kept_and_explained(
    client: Client, calendar: Calendar, alice: User, change: dict[str, str], status: int, words: str
) -> None:
    response = client.post(f"{PAGE}new/", FORM | change)

    html = text(response)
    assert response.status_code == status
    assert words in html
    assert 'aria-invalid="true"' in html
    assert (FORM | change)["keywords"].split("\n")[0] in html
    assert Category.objects.filter(owner=alice).count() == 6


def test_learnt_titles_are_shown_and_forgotten(
    client: Client, calendar: Calendar, work: Category
) -> None:
    event = soon(calendar, "Quarterly <review>")
    set_category(owner_id=calendar.owner_id, event_id=event.pk, category_id=work.pk)
    assert "Quarterly &lt;review&gt;" in text(client.get(PAGE))
    lesson = CategoryLesson.objects.get()

    client.post(f"{PAGE}titles/{lesson.pk}/forget/")

    assert not CategoryLesson.objects.exists()
    assert CategoryChoice.objects.count() == 1
    again = client.post(f"{PAGE}titles/{lesson.pk}/forget/", follow=True)
    assert "already forgotten" in text(again)


def test_charlie_reaches_none_of_it(
    client: Client, calendar: Calendar, work: Category, charlie: User
) -> None:
    event = soon(calendar, "Quarterly")
    set_category(owner_id=calendar.owner_id, event_id=event.pk, category_id=work.pk)
    lesson = CategoryLesson.objects.get()
    client.force_login(charlie)

    assert "Quarterly" not in text(client.get(PAGE))
    assert client.post(f"{PAGE}{work.pk}/", FORM).status_code == 404
    assert client.post(f"{PAGE}{work.pk}/", {"delete": "yes"}).status_code == 404
    client.post(f"{PAGE}titles/{lesson.pk}/forget/")
    assert client.post(f"/events/{event.pk}/category/", {"category": ""}).status_code == 404
    work.refresh_from_db()
    assert work.name == "Work"
    assert CategoryLesson.objects.count() == CategoryChoice.objects.count() == 1
