"""An open page of a recipient follows what is shared with them, and the end of a share."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Calendar, Event
from calendars.sharing.local_calendars import delete_calendar
from calendars.sharing.shares import end_shares
from tests.calendars.sharing import ON, browser_of, event, make_work, phone_of, share
from tests.factories import leave

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_work(alice)


def version_of(browser: Client) -> str:
    """Render a page, and return the version that it shows."""
    assert browser.get(f"/calendar/week/{ON}/").status_code == 200
    answer = browser.get("/calendar/version/")
    return str(answer["ETag"])


def is_newest(browser: Client, version: str) -> bool:
    answer = browser.get("/calendar/version/", headers={"If-None-Match": version})
    return bool(answer.status_code == 304)


def test_a_change_by_the_owner_is_news_for_the_reader_alone(
    alice: User, bob: User, charlie: User, work: Calendar
) -> None:
    share(work, bob)
    bobs, charlies = browser_of(bob), browser_of(charlie)
    seen, others = version_of(bobs), version_of(charlies)
    assert is_newest(bobs, seen)

    changed = phone_of(alice).patch(
        f"/api/v1/calendars/{work.pk}", {"colour": "#438f31"}, "application/json"
    )

    assert changed.status_code == 200
    assert not is_newest(bobs, seen)
    assert is_newest(charlies, others)


def test_the_beginning_and_the_end_of_a_share_are_news(
    alice: User, bob: User, work: Calendar
) -> None:
    browser = browser_of(bob)
    before = version_of(browser)
    share(work, bob)
    assert not is_newest(browser, before)

    during = version_of(browser)
    end_shares(owner=alice, email=bob.email)
    assert not is_newest(browser, during)


def test_a_deleted_calendar_and_a_deleted_account_are_news(alice: User, bob: User) -> None:
    local = Calendar.objects.create(owner=alice, name="Club")
    share(local, bob)
    browser = browser_of(bob)
    during = version_of(browser)
    delete_calendar(owner=alice, calendar_id=local.pk)
    assert not is_newest(browser, during)

    before = version_of(browser)
    assert leave(alice).status_code == 204
    assert not is_newest(browser, before)


def test_pages_of_one_browser_do_not_outdate_each_other(bob: User, work: Calendar) -> None:
    share(work, bob)
    browser = browser_of(bob)
    seen = version_of(browser)

    assert browser.get("/settings/calendars/").status_code == 200

    assert is_newest(browser, seen)


def test_a_share_tells_the_change_sequence_of_nobody_else(bob: User, work: Calendar) -> None:
    """A recipient's client hears of one's own rows alone."""
    from accounts.security_context import acting_as
    from calendars.events.changes import changes_since

    share(work, bob)
    Event.objects.filter(pk=event("Retreat").pk).update(summary="Offsite")

    with acting_as(user_id=bob.pk):
        assert changes_since(owner_id=bob.pk, cursor=None).changes == []
