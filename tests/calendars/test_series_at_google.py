"""Edits of a series in a calendar of Google's: both sides show the same instances afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from calendars.events.history import Author
from calendars.events.scopes import Edited, Scope, change_in_scope, delete_in_scope
from calendars.events.undo import undo_act
from calendars.models import Event, EventChange, Occurrence, PendingChange
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, SERIES, Writer
from tests.product import send_change

DAYS = [datetime(2026, 12, day, 8, tzinfo=UTC) for day in range(7, 12)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THIS, FOLLOWING, ALL = Scope
Shown = list[tuple[datetime, str]]


class SeriesWriter(Writer):
    def edit(self, event: Event, scope: Scope, at: datetime, **changes: Any) -> Edited:
        return change_in_scope(**self._named(event, scope, at), changes=changes)

    def take_out(self, event: Event, scope: Scope, at: datetime) -> Edited:
        return delete_in_scope(**self._named(event, scope, at))

    def _named(self, event: Event, scope: Scope, at: datetime) -> dict[str, Any]:
        return {
            "owner_id": self.owner.pk,
            "event_id": event.pk,
            "base": Event.objects.get(pk=event.pk).change_set,
            "scope": scope,
            "original_start_at": at,
            "author": Author(EventChange.Door.PAGE, actor_id=self.owner.pk),
        }

    def undo(self, edited: Edited) -> None:
        author = Author(EventChange.Door.UNDO, actor_id=self.owner.pk)
        undo_act(owner_id=self.owner.pk, act=edited.act, author=author)

    def shows(self) -> Shown:
        found = Occurrence.objects.filter(calendar=self.calendar).select_related("event")
        return sorted((one.start_at, one.event.summary) for one in found)

    def google_shows(self) -> Shown:
        shown = self.google.instances(ADA, DAYS[0] - 30 * DAY, DAYS[0] + 30 * DAY)
        return sorted(
            (datetime.fromisoformat(each["start"]["dateTime"]).astimezone(UTC), each["summary"])
            for each in shown
        )

    def assert_same(self) -> None:
        assert self.google_shows() == self.shows()
        assert not PendingChange.objects.exists()
        shown = self.shows()
        self.sync()
        assert self.shows() == shown
        self.sync(full=True)
        assert self.shows() == shown
        assert not PendingChange.objects.exists()


@pytest.fixture
def her(google: Control, alice: User, connect: Connect, run_due: RunDue) -> SeriesWriter:
    google.add_event(ADA, SERIES)
    connection = connect(alice)
    run_due()
    return SeriesWriter(alice, connection, google, run_due)


Story = Callable[[SeriesWriter, Event], Edited]
LATER = {"start_at": DAYS[2] + HOUR, "end_at": DAYS[2] + 2 * HOUR}
EDITS: dict[str, Story] = {
    "this": lambda her, event: her.edit(event, THIS, DAYS[2], summary="Long", **LATER),
    "following": lambda her, event: her.edit(event, FOLLOWING, DAYS[2], summary="Long"),
    "following, later": lambda her, event: her.edit(event, FOLLOWING, DAYS[2], **LATER),
    "all": lambda her, event: her.edit(event, ALL, DAYS[2], summary="Long"),
    "all, later": lambda her, event: her.edit(event, ALL, DAYS[2], **LATER),
    "delete this": lambda her, event: her.take_out(event, THIS, DAYS[2]),
    "delete following": lambda her, event: her.take_out(event, FOLLOWING, DAYS[2]),
    "delete all": lambda her, event: her.take_out(event, ALL, DAYS[2]),
}


@pytest.mark.parametrize("name", EDITS)
def test_both_sides_show_the_same(her: SeriesWriter, name: str) -> None:
    event = her.event("series1")
    her.edit(event, THIS, DAYS[3], summary="Changed")
    her.take_out(event, THIS, DAYS[1])
    her.send()
    her.assert_same()
    before = her.shows()

    edited = EDITS[name](her, event)
    her.send()
    her.assert_same()

    her.undo(edited)
    her.send()
    assert her.shows() == before
    her.assert_same()


@pytest.mark.parametrize("name", EDITS)
def test_what_is_undone_at_once_changes_nothing(her: SeriesWriter, name: str) -> None:
    event = her.event("series1")
    her.edit(event, THIS, DAYS[3], summary="Changed")
    her.send()
    before = her.shows()

    her.undo(EDITS[name](her, event))

    assert her.shows() == before
    her.send()
    her.assert_same()


def test_a_split_never_leaves_dates_nowhere(her: SeriesWriter) -> None:
    """A worker that is killed between the two steps leaves both series at Google."""
    event = her.event("series1")
    her.edit(event, THIS, DAYS[3], summary="Changed")
    her.send()
    edited = her.edit(event, FOLLOWING, DAYS[2], summary="Long")
    shown = her.shows()
    assert edited.event is not None

    for waiting in PendingChange.objects.exclude(pk=edited.event.pk):
        send_change(waiting.pk)
    assert her.theirs("series1")["recurrence"] == SERIES["recurrence"], "the first waits"
    send_change(edited.event.pk)
    assert her.theirs(edited.event.remote_id)["summary"] == "Long"
    assert set(DAYS) <= {start for start, _title in her.google_shows()}
    her.sync(full=True)
    assert her.shows() == shown, "a full list in between brings nothing back"

    her.send_later()
    assert her.shows() == shown
    her.assert_same()


def test_a_split_of_a_split_waits_for_it(her: SeriesWriter) -> None:
    event = her.event("series1")
    first = her.edit(event, FOLLOWING, DAYS[3], summary="Second").event
    assert first is not None
    her.edit(first, FOLLOWING, DAYS[4], summary="Third")
    her.edit(event, FOLLOWING, DAYS[1], summary="Between")

    her.send()

    titles = ["Standup", "Between", "Between", "Second", "Third"]
    assert her.shows() == list(zip(DAYS, titles, strict=True))
    her.assert_same()
