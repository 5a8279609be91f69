"""A person's own choice of an event's category wins, teaches its title, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.events.changes import Cursor, changes_since
from calendars.models import (
    Calendar,
    Category,
    CategoryChoice,
    CategoryLesson,
    Event,
    EventChange,
    Occurrence,
)
from calendars.timeline import category_choices
from calendars.timeline.categories import Source, classifier_of
from calendars.timeline.category_choices import (
    ensure_categories,
    forget_lesson,
    prune_choices,
    set_category,
)
from calendars.timeline.category_editing import change_category, delete_category
from calendars.timeline.occurrences import TIMELINE
from config.web.problems import DomainError
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.factories import bearer, make_session
from tests.row_security.rows import number_changes
from tests.statements import statements

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 30)


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Everything", "#4a6fa5")


@pytest.fixture
def known(alice: User) -> dict[str, Category]:
    return {category.name: category for category in ensure_categories(alice.pk)}


def name_of(event: Event) -> str:
    category = classifier_of(event.owner_id).category_of(event)
    return category.name if category else ""


def choose(event: Event, category: Category | None) -> None:
    set_category(
        owner_id=event.owner_id,
        event_id=event.pk,
        category_id=category.pk if category else None,
    )


def test_a_choice_wins_and_teaches_its_title(
    calendar: Calendar, known: dict[str, Category]
) -> None:
    event = make_hour(calendar, "Café  with the Dentist", ON, 9)
    same = make_hour(calendar, "CAFE with the dentist", ON, 10)
    other = make_hour(calendar, "Dentist", ON, 11)

    choose(event, known["Leisure"])

    assert [name_of(each) for each in (event, same, other)] == ["Leisure", "Leisure", "Health"]
    reasons = [classifier_of(each.owner_id).reason_of(each) for each in (event, same, other)]
    assert [each.source for each in reasons] == [Source.CHOSEN, Source.LEARNT, Source.KEYWORD]
    assert reasons[2].detail == "dentist*"
    lesson = CategoryLesson.objects.get()
    assert (lesson.title, lesson.written) == ("cafe with the dentist", "Café with the Dentist")


def test_a_choice_can_be_changed_and_taken_back(
    calendar: Calendar, known: dict[str, Category]
) -> None:
    event, same = (make_hour(calendar, "Quarterly", ON, hour) for hour in (9, 10))
    choose(event, known["Work"])
    choose(event, known["Family"])
    assert [name_of(event), name_of(same)] == ["Family", "Family"]

    choose(event, None)

    assert [name_of(event), name_of(same)] == ["Other", "Other"]
    assert not CategoryChoice.objects.exists()
    assert not CategoryLesson.objects.exists()


def test_what_another_event_taught_since_stays(
    calendar: Calendar, known: dict[str, Category]
) -> None:
    first, second = (make_hour(calendar, "Quarterly", ON, hour) for hour in (9, 10))
    choose(first, known["Work"])
    choose(second, known["Family"])
    assert [name_of(first), name_of(second)] == ["Work", "Family"]

    choose(first, None)

    assert [name_of(first), name_of(second)] == ["Family", "Family"]


def test_a_forgotten_title_leaves_the_choice(
    calendar: Calendar, known: dict[str, Category], alice: User, charlie: User
) -> None:
    event, same = (make_hour(calendar, "Quarterly", ON, hour) for hour in (9, 10))
    choose(event, known["Work"])
    lesson_id = CategoryLesson.objects.get().pk
    with pytest.raises(DomainError, match="already forgotten"):
        forget_lesson(owner_id=charlie.pk, lesson_id=lesson_id)

    forget_lesson(owner_id=alice.pk, lesson_id=lesson_id)

    assert [name_of(event), name_of(same)] == ["Work", "Other"]
    with pytest.raises(DomainError, match="already forgotten"):
        forget_lesson(owner_id=alice.pk, lesson_id=lesson_id)


def test_exceptions_follow_their_series_unless_chosen(
    calendar: Calendar, known: dict[str, Category]
) -> None:
    master = make_hour(calendar, "Lesson", ON, 9, recurrence=["RRULE:FREQ=WEEKLY"])
    moved, own = (
        make_hour(calendar, title, ON, hour, recurring_event_id=master.remote_id)
        for title, hour in (("Lesson, moved", 11), ("Lesson, special", 12))
    )

    choose(master, known["Family"])
    choose(own, known["Leisure"])

    assert [name_of(each) for each in (master, moved, own)] == ["Family", "Family", "Leisure"]


def test_an_event_without_a_title_teaches_nothing(
    calendar: Calendar, known: dict[str, Category]
) -> None:
    event, same = (make_hour(calendar, "", ON, hour) for hour in (9, 10))

    choose(event, known["Work"])

    assert [name_of(event), name_of(same)] == ["Work", "Other"]


def test_a_changed_keyword_counts_at_once(
    calendar: Calendar, known: dict[str, Category], alice: User
) -> None:
    event = make_hour(calendar, "Quarterly", ON, 9)
    assert name_of(event) == "Other"

    change_category(
        owner_id=alice.pk, category_id=known["Work"].pk, values={"keywords": ["quarter*"]}
    )

    assert name_of(event) == "Work"


def test_what_is_taught_of_a_deleted_category_goes_with_it(
    calendar: Calendar, known: dict[str, Category], alice: User
) -> None:
    event = make_hour(calendar, "Quarterly", ON, 9)
    choose(event, known["Work"])

    delete_category(owner_id=alice.pk, category_id=known["Work"].pk)

    assert name_of(event) == "Other"
    assert not CategoryChoice.objects.exists()
    assert not CategoryLesson.objects.exists()


def test_charlie_cannot_choose_for_alice_nor_with_her_categories(
    calendar: Calendar, known: dict[str, Category], charlie: User
) -> None:
    event = make_hour(calendar, "Quarterly", ON, 9)
    own = ensure_categories(charlie.pk)[0]
    with pytest.raises(DomainError) as refused:
        set_category(owner_id=charlie.pk, event_id=event.pk, category_id=own.pk)
    assert refused.value.code == "not-found"

    with pytest.raises(DomainError) as refused:
        set_category(owner_id=event.owner_id, event_id=event.pk, category_id=own.pk)

    assert [fault.code for fault in refused.value.faults] == ["unknown-category"]
    assert not CategoryChoice.objects.exists()


def test_the_titles_that_were_learnt_first_are_forgotten(
    calendar: Calendar, known: dict[str, Category], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(category_choices, "MOST_LESSONS", 2)
    for number in range(4):
        choose(make_hour(calendar, f"Title {number}", ON, 9), known["Work"])
        CategoryLesson.objects.filter(title=f"title {number}").update(
            learnt_at=f"2026-01-0{number + 1}T00:00Z"
        )

    assert sorted(CategoryLesson.objects.values_list("title", flat=True)) == ["title 2", "title 3"]
    assert CategoryChoice.objects.count() == 4


def test_the_choice_of_an_event_that_is_gone_is_pruned_with_its_history(
    calendar: Calendar, known: dict[str, Category]
) -> None:
    kept, restorable, gone = (make_hour(calendar, str(hour), ON, hour) for hour in (9, 10, 11))
    for event in (kept, restorable, gone):
        choose(event, known["Work"])
    EventChange.objects.create(
        owner_id=calendar.owner_id,
        calendar=calendar,
        event_id=restorable.pk,
        remote_id=restorable.remote_id,
        kind="deleted",
        door="page",
    )
    for event in (restorable, gone):
        Event.objects.filter(pk=event.pk).delete()

    assert prune_choices() == 1
    assert set(CategoryChoice.objects.values_list("event_id", flat=True)) == {
        kept.pk,
        restorable.pk,
    }


def test_clients_that_follow_hear_of_categories_and_choices(
    calendar: Calendar, alice: User
) -> None:
    _, cursor = news(alice, None)
    known = {category.name: category for category in ensure_categories(alice.pk)}
    told, cursor = news(alice, cursor)
    assert told == {"Work", "Health", "Leisure", "Family", "Fitness", "Other"}
    event = make_hour(calendar, "Quarterly", ON, 9)
    choose(event, known["Work"])
    assert news(alice, cursor)[0] == {"Quarterly", "Work"}
    _, cursor = news(alice, cursor)

    choose(event, known["Family"])
    told, cursor = news(alice, cursor)
    assert told == {"Work", "Family"}

    delete_category(owner_id=alice.pk, category_id=known["Family"].pk)
    assert news(alice, cursor)[0] == {f"category {known['Family'].pk} gone"}


def news(owner: User, cursor: Cursor | None) -> tuple[set[str], Cursor]:
    """Each step of a test is a change set of its own, as in a transaction of its own."""
    number_changes()
    page = changes_since(owner_id=owner.pk, cursor=cursor)
    with connection.cursor() as database:
        database.execute("SELECT set_config('app.change_set', '', true)")
    told = {str(each.row or f"{each.kind} {each.id} gone") for each in page.changes}
    return told, page.cursor


def occurrences(owner: User, **query: UUID) -> list[dict[str, Any]]:
    """All pages of the list of a month."""
    browser = Browser(headers=bearer(make_session(owner)))
    window = {"start": "2026-11-01", "end": "2026-12-31"}
    chosen = {name: str(value) for name, value in query.items()}
    response = browser.get("/api/v1/occurrences", {**window, **chosen})
    assert response.status_code == 200
    answer = response.json()
    found: list[dict[str, Any]] = answer["results"]
    while answer["next"]:
        answer = browser.get(answer["next"]).json()
        found += answer["results"]
    return found


def test_occurrences_name_their_category_and_are_filtered_by_it(
    calendar: Calendar, known: dict[str, Category], alice: User
) -> None:
    titles = ["Dentist", "Yoga", "Stand-up", "Something"]
    for place in range(40):
        make_hour(calendar, titles[place % 4], ON, place % 20)

    everything = occurrences(alice)

    assert {(each["summary"], each["category"]) for each in everything} == {
        ("Dentist", str(known["Health"].pk)),
        ("Yoga", str(known["Fitness"].pk)),
        ("Stand-up", str(known["Work"].pk)),
        ("Something", str(known["Other"].pk)),
    }
    for name, title in (("Health", "Dentist"), ("Other", "Something")):
        only = occurrences(alice, category=known[name].pk)
        assert only == [each for each in everything if each["summary"] == title]
    assert occurrences(alice, category=uuid4()) == []


def test_reading_stores_nothing_and_ids_stay(calendar: Calendar, alice: User) -> None:
    make_hour(calendar, "Dentist", ON, 9)

    (before,) = occurrences(alice)

    assert not Category.objects.exists()
    ensure_categories(alice.pk)
    assert Category.objects.get(pk=before["category"]).name == "Health"
    assert occurrences(alice) == [before]


def test_the_filter_reads_in_batches_and_pages_both_ways(
    calendar: Calendar, known: dict[str, Category], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendars.timeline.occurrences.BATCH", 3)
    monkeypatch.setattr("calendars.api.occurrences.TIMELINE", replace(TIMELINE, page_size=2))
    for place in range(30):
        make_hour(calendar, "Yoga" if place % 5 < 2 else "Stand-up", ON, place % 22)

    browser = Browser(headers=bearer(make_session(alice)))
    query = {"start": "2026-11-30", "end": "2026-12-01", "category": str(known["Fitness"].pk)}
    forwards, pages = browser.get("/api/v1/occurrences", query).json(), []
    while True:
        pages.append(forwards)
        if not forwards["next"]:
            break
        forwards = browser.get(forwards["next"]).json()
    backwards = forwards
    for page in reversed(pages[:-1]):
        backwards = browser.get(backwards["previous"]).json()
        assert backwards["results"] == page["results"]

    listed = [each["id"] for page in pages for each in page["results"]]
    yoga = Occurrence.objects.filter(event__summary="Yoga")
    assert len(listed) == len(set(listed)) == yoga.count() == 12


def test_all_that_decides_is_one_statement(
    calendar: Calendar, known: dict[str, Category], alice: User
) -> None:
    for number in range(5):
        choose(make_hour(calendar, f"Title {number}", ON, 9), known["Work"])

    with CaptureQueriesContext(connection) as captured:
        classifier = classifier_of(alice.pk)

    assert len(statements(captured)) == 1
    found = classifier.of(event_id=UUID(int=1), summary="title 3")
    assert found is not None
    assert found.name == "Work"
