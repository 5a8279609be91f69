"""This event, this and following, or all: what each makes of a series, and that it's undone."""

from __future__ import annotations

import pytest

from accounts.models import User
from calendars.events.scopes import (
    Scope,
    shown_instance,
)
from calendars.models import Event, Occurrence
from config.web.problems import DomainError, Kind
from tests.calendars.series_diary import DAY, HOUR, MONDAYS, Diary, titled

THIS, FOLLOWING, ALL = Scope


@pytest.fixture
def diary(alice: User) -> Diary:
    return Diary(alice)


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
