"""Shares over the API: given, changed and ended; what a recipient sees, and who sees nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from calendars.api import occurrences as occurrences_api
from calendars.models import Calendar, HiddenShare, Share
from calendars.timeline.occurrences import TIMELINE
from tests.calendars.rows import make_hour
from tests.calendars.sharing import (
    ON,
    SECRETS,
    WEEK,
    event,
    make_work,
    occurrences,
    phone_of,
    share,
)
from tests.factories import leave, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_work(alice)


def put(person: User, **body: Any) -> Any:
    return phone_of(person).put("/api/v1/shares", body, "application/json")


def received(person: User) -> list[dict[str, Any]]:
    answer = phone_of(person).get("/api/v1/shares/received")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_share_is_given_changed_and_ended(alice: User, bob: User, work: Calendar) -> None:
    given = {"email": bob.email, "calendars": [str(work.pk)], "level": "busy"}
    assert put(alice, **given).json() == given
    phone = phone_of(alice)
    assert phone.get("/api/v1/shares").json()["results"] == [given]

    changed = given | {"level": "read"}
    assert put(alice, **changed).json() == changed
    assert phone.get("/api/v1/shares").json()["results"] == [changed]
    assert [(one["calendar"], one["level"]) for one in received(bob)] == [(str(work.pk), "read")]

    assert phone.delete(f"/api/v1/shares?email={bob.email}").status_code == 204
    assert phone.get("/api/v1/shares").json()["results"] == []
    assert received(bob) == []
    assert phone.delete(f"/api/v1/shares?email={bob.email}").status_code == 404


def test_the_answer_says_nothing_of_whether_an_address_has_an_account(
    alice: User, bob: User, work: Calendar
) -> None:
    make_user("unconfirmed@example.org", verified=False)
    answers = [
        put(alice, email=email, calendars=[str(work.pk)], level="read")
        for email in (bob.email, "unconfirmed@example.org", "nobody@example.net")
    ]

    assert {answer.status_code for answer in answers} == {200}
    bodies = [answer.json() | {"email": "x"} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert answers[2].json()["email"] == "nobody@example.net"


def test_a_share_waits_until_an_account_confirms_the_address(alice: User, work: Calendar) -> None:
    share(work, "Dora@Example.net")
    dora = make_user("dora@example.net", verified=False)
    assert received(dora) == []

    EmailAddress.objects.filter(user=dora).update(verified=True)
    assert [one["name"] for one in received(dora)] == ["Orpheus"]

    EmailAddress.objects.filter(user=dora).update(verified=False)
    assert received(dora) == []


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"email": "alice@example.org"}, {"email": "own-address"}),
        ({"email": "not an address"}, {"email": "invalid"}),
        ({"level": "write"}, {"level": "invalid_choice"}),
        ({"calendars": []}, {"calendars": "min_length"}),
        ({"calendars": ["8a7b7a52-46a1-4e58-9b6b-0f4d9bb0a0a5"]}, {"calendars": "required"}),
        ({"colour": "red"}, {"colour": "not-changeable"}),
    ],
)
def test_what_is_not_valid_shares_nothing(
    alice: User, work: Calendar, body: dict[str, Any], faults: dict[str, str]
) -> None:
    given = {"email": "bob@example.org", "calendars": [str(work.pk)], "level": "read"}
    answer = put(alice, **given | body)

    assert answer.status_code == 422
    assert {one["field"]: one["code"] for one in answer.json()["errors"]} == faults
    assert not Share.objects.exists()


def test_another_persons_calendar_cannot_be_shared(bob: User, work: Calendar) -> None:
    answer = put(bob, email="charlie@example.org", calendars=[str(work.pk)], level="read")

    assert answer.status_code == 422
    assert not Share.objects.exists()


def test_a_reader_sees_details_and_of_private_events_that_the_owner_is_busy(
    bob: User, work: Calendar
) -> None:
    share(work, bob)
    phone = phone_of(bob)

    found = occurrences(phone, work)

    assert [one["summary"] for one in found] == [
        *("Design review", "Busy", "Free reading", "Retreat", "Holiday"),
    ]
    review, busy = found[:2]
    assert (review["location"], review["event"]) == ("Room Noether", str(event("Design review").pk))
    assert (busy["start"], busy["location"], busy["description"]) == (
        "2026-11-18T11:00:00+00:00",
        *("", ""),
    )
    assert str(event("Salary review").pk) not in str(found)
    told = phone.get(f"/api/v1/events/{review['event']}")
    assert (told.status_code, told.json()["summary"]) == (200, "Design review")
    assert phone.get(f"/api/v1/events/{busy['event']}").status_code == 404
    assert phone.get(f"/api/v1/events/{event('Salary review').pk}").status_code == 404


def test_busy_tells_when_and_nothing_else(bob: User, work: Calendar) -> None:
    share(work, bob, "busy")
    phone = phone_of(bob)

    found = occurrences(phone, work)

    # What is free or declined isn't told at all.
    assert [one["summary"] for one in found] == ["Busy"] * 4
    assert {one["status"] for one in found} == {"confirmed"}
    answers = str(found) + str(received(bob))
    assert not [secret for secret in SECRETS if secret in answers]
    ids = [str(pk) for pk in work.events.values_list("pk", flat=True)]
    assert not [pk for pk in ids if pk in answers]
    for pk in ids:
        assert phone.get(f"/api/v1/events/{pk}").status_code == 404


def test_a_text_that_is_looked_for_reveals_nothing_that_is_not_shown(
    bob: User, work: Calendar
) -> None:
    share(work, bob)
    phone = phone_of(bob)
    assert [one["summary"] for one in occurrences(phone, work, q="review")] == ["Design review"]
    assert occurrences(phone, work, q="Salary") == []

    share(work, bob, "busy")
    assert occurrences(phone, work, q="review") == []
    assert occurrences(phone, work, q="Busy") == []


@pytest.mark.parametrize("level", ["busy", "read"])
def test_pages_of_a_list_hold_each_entry_once(
    bob: User, work: Calendar, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eleven events start at once: their order is that of the ids that are shown."""
    for number in range(11):
        make_hour(work, f"Parallel {number}", ON, 9, visibility="private")
    share(work, bob, level)
    phone = phone_of(bob)
    whole = occurrences(phone, work)
    monkeypatch.setattr(occurrences_api, "TIMELINE", replace(TIMELINE, page_size=3))

    seen: list[dict[str, Any]] = []
    back: list[dict[str, Any]] = []
    page = phone.get("/api/v1/occurrences", WEEK | {"calendar": str(work.pk)}).json()
    while True:
        seen += page["results"]
        if page["next"] is None:
            break
        page = phone.get(page["next"]).json()
    while page["previous"] is not None:
        page = phone.get(page["previous"]).json()
        back = page["results"] + back

    assert seen == whole
    assert back == whole[: len(back)]
    assert len(back) >= len(whole) - 3


def test_a_series_beyond_the_horizon_is_told_by_the_same_rules(
    alice: User, bob: User, work: Calendar
) -> None:
    private = make_hour(work, "Therapy", ON, 7, visibility="private")
    open_one = make_hour(work, "Stand-up", ON, 8)
    for one in (private, open_one):
        type(one).objects.filter(pk=one.pk).update(recurrence=["RRULE:FREQ=WEEKLY;BYDAY=WE"])
    share(work, bob)
    year = {"start": "2036-11-17", "end": "2036-11-24", "calendar": str(work.pk)}

    found = phone_of(bob).get("/api/v1/occurrences", year).json()["results"]

    assert [one["summary"] for one in found] == ["Busy", "Stand-up"]
    assert "Therapy" not in str(found)


def test_what_is_shared_is_hidden_and_shown_again(bob: User, work: Calendar) -> None:
    share(work, bob)
    phone = phone_of(bob)
    address = f"/api/v1/shares/received/{work.pk}"

    for shown in (False, True):
        answer = phone.patch(address, {"selected": shown}, "application/json")
        assert (answer.status_code, answer.json()["selected"]) == (200, shown)
        assert [one["selected"] for one in received(bob)] == [shown]
    assert not HiddenShare.objects.exists()


def test_others_see_nothing(charlie: User, bob: User, work: Calendar) -> None:
    share(work, bob)
    phone = phone_of(charlie)

    assert received(charlie) == []
    assert occurrences(phone, work) == []
    assert phone.get(f"/api/v1/events/{event('Design review').pk}").status_code == 404
    assert phone.get(f"/api/v1/calendars/{work.pk}").status_code == 404
    answer = phone.patch(
        f"/api/v1/shares/received/{work.pk}", {"selected": False}, "application/json"
    )
    assert answer.status_code == 404
    assert phone.get("/api/v1/freebusy", WEEK | {"person": work.owner.email}).status_code == 404


def test_a_reader_changes_nothing(alice: User, bob: User, work: Calendar) -> None:
    share(work, bob)
    phone = phone_of(bob)
    before = list(work.events.order_by("pk").values())

    assert phone.get(f"/api/v1/calendars/{work.pk}").status_code == 404
    for answer in (
        phone.patch(f"/api/v1/calendars/{work.pk}", {"selected": False}, "application/json"),
        phone.delete(f"/api/v1/calendars/{work.pk}"),
        phone.patch(
            f"/api/v1/events/{event('Design review').pk}", {"summary": "x"}, "application/json"
        ),
        phone.delete(f"/api/v1/events/{event('Design review').pk}"),
    ):
        assert answer.status_code in (403, 404, 405)
    assert list(work.events.order_by("pk").values()) == before
    assert Calendar.objects.get(pk=work.pk).selected


def test_own_lists_stay_ones_own(bob: User, work: Calendar) -> None:
    share(work, bob)
    phone = phone_of(bob)

    assert phone.get("/api/v1/calendars").json()["results"] == []
    assert phone.get("/api/v1/occurrences", WEEK).json()["results"] == []
    assert phone.get("/api/v1/search", {"q": "review"}).json()["results"] == []
    assert phone.get("/api/v1/insights", WEEK | {"by": "week"}).json()["total_hours"] == 0
    assert phone.get("/api/v1/freebusy", WEEK).json()["busy"] == []


def test_an_account_that_is_deleted_or_closed_takes_its_shares_along(
    alice: User, bob: User, work: Calendar
) -> None:
    share(work, bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert received(bob) == []
    User.objects.filter(pk=alice.pk).update(is_active=True)
    phone_of(bob).patch(
        f"/api/v1/shares/received/{work.pk}", {"selected": False}, "application/json"
    )
    assert HiddenShare.objects.exists()

    assert leave(alice).status_code == 204

    assert received(bob) == []
    assert not Share.objects.exists()
    assert not HiddenShare.objects.exists()


def test_a_recipient_who_leaves_ends_nothing_but_is_gone(
    alice: User, bob: User, work: Calendar
) -> None:
    share(work, bob)
    phone_of(bob).patch(
        f"/api/v1/shares/received/{work.pk}", {"selected": False}, "application/json"
    )

    assert leave(bob).status_code == 204

    assert not HiddenShare.objects.exists()
    assert Share.objects.get().email == bob.email


def test_freebusy_tells_a_persons_time(bob: User, work: Calendar) -> None:
    share(work, bob, "busy")
    phone = phone_of(bob)
    day = {"start": "2026-11-18T00:00:00Z", "end": "2026-11-19T00:00:00Z"}

    told = phone.get("/api/v1/freebusy", day | {"person": work.owner.email}).json()

    assert told == {
        "person": work.owner.email,
        "busy": [
            {"start": "2026-11-18T09:00:00+00:00", "end": "2026-11-18T10:00:00+00:00"},
            {"start": "2026-11-18T11:00:00+00:00", "end": "2026-11-18T12:00:00+00:00"},
        ],
    }


def test_slots_are_free_for_all_who_are_known_and_name_who_is_not(
    bob: User, charlie: User, work: Calendar
) -> None:
    share(work, bob, "busy")
    body = {
        "people": [work.owner.email, charlie.email, "nobody@example.net"],
        "minutes": 60,
        "start": "2026-11-18T00:00:00Z",
        "end": "2026-11-19T00:00:00Z",
        "between": ["09:00", "13:00"],
        "days": ["WE"],
    }
    answer = phone_of(bob).post("/api/v1/availability", body, "application/json")

    assert answer.status_code == 200
    assert answer.json()["unknown"] == [charlie.email, "nobody@example.net"]
    slots = answer.json()["slots"]
    assert [(one["start"][11:16], one["tight"]) for one in slots] == [
        ("10:00", True),
        ("12:00", True),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"between": ["18:00", "09:00"]}, "between"),
        ({"between": ["25:00", "26:00"]}, "between.0"),
        ({"days": ["XX"]}, "days.0"),
        ({"start": "2026-11-18", "end": "2026-11-18"}, "end"),
        ({"start": "2026-11-18", "end": "2027-11-18"}, "end"),
        ({"people": ["nobody"]}, "people.0"),
    ],
)
def test_a_wish_that_is_not_valid_is_refused(bob: User, body: dict[str, Any], field: str) -> None:
    answer = phone_of(bob).post("/api/v1/availability", body, "application/json")

    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["errors"]]


def test_a_visitor_gets_nothing(client: Client, work: Calendar) -> None:
    for path in ("shares", "shares/received", "freebusy"):
        assert client.get(f"/api/v1/{path}").status_code == 401
    assert client.post("/api/v1/availability").status_code == 401
