"""This event, this and following, or all: what each makes of a series, and that it's undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from calendars.events.editing import create_event
from calendars.events.history import Author
from calendars.events.scopes import (
    Edited,
    Scope,
    change_in_scope,
    delete_in_scope,
    shown_instance,
)
from calendars.events.undo import undo_act
from calendars.models import Calendar, Event, EventChange, Occurrence
from config.web.problems import DomainError, Kind

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
THIS, FOLLOWING, ALL = Scope


def berlin(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


MONDAYS = [berlin(9, 7) + WEEK * number for number in range(6)]  # all in summer time


class Diary:
    """A local calendar whose owner edits events as doors do."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.calendar = Calendar.objects.create(owner=owner, name="Own", time_zone="Europe/Berlin")

    def author(self) -> Author:
        return Author(EventChange.Door.PAGE, actor_id=self.owner.pk)

    def series(self, *lines: str, start: datetime = MONDAYS[0], **values: Any) -> Event:
        given = {"summary": "Stand-up", "start_at": start, "end_at": start + HOUR}
        given |= {"time_zone": "Europe/Berlin", "recurrence": list(lines), **values}
        return create_event(
            owner_id=self.owner.pk,
            calendar_id=self.calendar.pk,
            values=given,
            author=self.author(),
        )

    def change(
        self, event: Event, scope: Scope | None, at: datetime | None, **changes: Any
    ) -> Edited:
        return change_in_scope(
            owner_id=self.owner.pk,
            event_id=event.pk,
            base=Event.objects.get(pk=event.pk).change_set,
            changes=changes,
            scope=scope,
            original_start_at=at,
            author=self.author(),
        )

    def delete(self, event: Event, scope: Scope | None, at: datetime | None) -> Edited:
        return delete_in_scope(
            owner_id=self.owner.pk,
            event_id=event.pk,
            base=Event.objects.get(pk=event.pk).change_set,
            scope=scope,
            original_start_at=at,
            author=self.author(),
        )

    def undo(self, edited: Edited) -> None:
        undo_act(owner_id=self.owner.pk, act=edited.act, author=Author(EventChange.Door.UNDO))

    def shows(self) -> list[tuple[datetime, str]]:
        """Return all occurrences: local start in Berlin, and title."""
        found = Occurrence.objects.filter(calendar=self.calendar).select_related("event")
        return sorted((one.start_at, one.event.summary) for one in found)

    def state(self) -> list[tuple[Any, ...]]:
        names = ("remote_id", "summary", "start_at", "end_at", "recurrence", "original_start_at")
        events = Event.objects.filter(calendar=self.calendar).order_by("remote_id")
        occurrences = Occurrence.objects.filter(calendar=self.calendar).order_by(
            "event_id", "original_start_at"
        )
        return [
            *events.values_list(*names),
            *occurrences.values_list("event_id", "original_start_at", "start_at", "end_at"),
        ]


@pytest.fixture
def diary(alice: User) -> Diary:
    return Diary(alice)


def titled(starts: Sequence[datetime], title: str = "Stand-up") -> list[tuple[datetime, str]]:
    return [(start, title) for start in starts]


def lines_of(event: Event | None) -> list[str]:
    assert event is not None
    return Event.objects.get(pk=event.pk).recurrence


WEEKLY = "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261012T080000Z"


def test_one_instance_is_changed_by_an_exception(diary: Diary) -> None:
    event = diary.series(WEEKLY)

    edited = diary.change(
        event,
        THIS,
        MONDAYS[2],
        summary="Review",
        start_at=MONDAYS[2] + HOUR,
        end_at=MONDAYS[2] + 2 * HOUR,
    )

    assert diary.shows() == sorted(
        [*titled([*MONDAYS[:2], *MONDAYS[3:]]), (MONDAYS[2] + HOUR, "Review")]
    )
    assert edited.event is not None
    assert edited.event.recurring_event_id == event.remote_id
    assert edited.event.original_start_at == MONDAYS[2]
    diary.undo(edited)
    assert diary.shows() == titled(MONDAYS)


def test_this_and_following_are_a_series_of_their_own(diary: Diary) -> None:
    event = diary.series(WEEKLY)

    edited = diary.change(event, FOLLOWING, MONDAYS[2], summary="Review")

    assert diary.shows() == titled(MONDAYS[:2]) + titled(MONDAYS[2:], "Review")
    assert lines_of(event) == ["RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260920T215959Z"]
    assert lines_of(edited.event) == [WEEKLY]


def test_all_are_changed_at_once(diary: Diary) -> None:
    event = diary.series(WEEKLY)

    diary.change(
        event,
        ALL,
        MONDAYS[2],
        summary="Review",
        start_at=MONDAYS[2] + DAY + HOUR,
        end_at=MONDAYS[2] + DAY + 3 * HOUR,
    )

    assert diary.shows() == titled([at + DAY + HOUR for at in MONDAYS], "Review")
    assert lines_of(event) == ["RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20261013T090000Z"]
    lengths = {one.end_at - one.start_at for one in Occurrence.objects.all()}
    assert lengths == {2 * HOUR}


@pytest.mark.parametrize("scope", [THIS, FOLLOWING, ALL])
@pytest.mark.parametrize("does", ["change", "delete"])
def test_each_edit_is_undone_as_one(diary: Diary, scope: Scope, does: str) -> None:
    event = diary.series(WEEKLY)
    diary.change(
        event,
        THIS,
        MONDAYS[3],
        summary="Changed",
        start_at=MONDAYS[3] + HOUR,
        end_at=MONDAYS[3] + 2 * HOUR,
    )
    diary.delete(event, THIS, MONDAYS[4])
    before = diary.state()

    if does == "delete":
        edited = diary.delete(event, scope, MONDAYS[2])
    else:
        edited = diary.change(
            event,
            scope,
            MONDAYS[2],
            summary="Review",
            start_at=MONDAYS[2] + DAY,
            end_at=MONDAYS[2] + DAY + HOUR,
        )
    assert diary.state() != before
    diary.undo(edited)

    assert diary.state() == before


def test_each_deletion(diary: Diary) -> None:
    event = diary.series(WEEKLY)

    diary.delete(event, THIS, MONDAYS[1])
    assert diary.shows() == titled([MONDAYS[0], *MONDAYS[2:]])
    assert "EXDATE;TZID=Europe/Berlin:20260914T100000" in lines_of(event)
    diary.delete(event, FOLLOWING, MONDAYS[4])
    assert diary.shows() == titled([MONDAYS[0], *MONDAYS[2:4]])
    assert diary.delete(event, ALL, MONDAYS[2]).event is None
    assert not Event.objects.exists()


def test_a_series_needs_a_scope(diary: Diary) -> None:
    event = diary.series(WEEKLY)
    exception = diary.change(event, THIS, MONDAYS[1], summary="Own").event
    assert exception is not None

    for one in (event, exception):
        with pytest.raises(DomainError) as refused:
            diary.change(one, None, None, summary="Review")
        assert (refused.value.kind, refused.value.code) == (Kind.INVALID, "scope-required")


@pytest.mark.parametrize("scope", [THIS, FOLLOWING, ALL])
def test_only_instances_are_edited(diary: Diary, scope: Scope) -> None:
    event = diary.series(WEEKLY)
    diary.delete(event, THIS, MONDAYS[1])

    for at in (MONDAYS[2] + HOUR, MONDAYS[1]):
        with pytest.raises(DomainError) as refused:
            diary.change(event, scope, at, summary="Review")
        assert refused.value.code == "no-such-instance"


def test_a_single_event_needs_no_scope(diary: Diary) -> None:
    event = diary.series()

    edited = diary.change(event, None, None, summary="Review")

    assert diary.shows() == titled([MONDAYS[0]], "Review")
    assert diary.delete(edited.event or event, None, None).event is None


def test_what_is_shown_has_the_times_of_the_instance(diary: Diary) -> None:
    event = diary.series(WEEKLY)

    shown = shown_instance(owner_id=diary.owner.pk, event_id=event.pk, original_start_at=MONDAYS[2])

    assert shown is not None
    assert (shown.start_at, shown.recurrence) == (MONDAYS[2], [WEEKLY])
