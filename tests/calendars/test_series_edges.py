"""Edits of unusual series: exceptions, dates without times, own zones, dense and empty ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from calendars.events.scopes import Scope
from calendars.models import Event, Occurrence
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT
from config.web.problems import DomainError
from tests.calendars.series_diary import DAY, HOUR, MONDAYS, WEEK, Diary, berlin, titled

THIS, FOLLOWING, ALL = Scope


@pytest.fixture
def diary(alice: User) -> Diary:
    return Diary(alice)


WEEKLY = "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6"
LINES = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\n"
NOWHERE = f"{LINES}TZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE"


def lines_of(event: Event | None) -> list[str]:
    assert event is not None
    return Event.objects.get(pk=event.pk).recurrence


def changed(diary: Diary, event: Event, number: int, **values: object) -> Event:
    made = diary.change(event, THIS, MONDAYS[number], **values).event
    assert made is not None
    return made


def moved_to(at: datetime) -> dict[str, datetime]:
    return {"start_at": at, "end_at": at + HOUR}


def test_exceptions_keep_what_is_theirs_and_follow_in_the_rest(diary: Diary) -> None:
    event = diary.series(WEEKLY)
    changed(diary, event, 1, **moved_to(MONDAYS[1] + 5 * HOUR))
    changed(diary, event, 2, summary="Review")
    diary.delete(event, THIS, MONDAYS[3])

    edited = diary.change(event, ALL, None, location="Room 2", **moved_to(MONDAYS[0] + DAY + HOUR))

    later = [at + DAY + HOUR for at in MONDAYS]
    assert edited.dropped == ()
    assert diary.shows() == sorted(
        [*titled([later[0], MONDAYS[1] + 5 * HOUR, later[4], later[5]]), (later[2], "Review")]
    )
    assert set(Event.objects.values_list("location", flat=True)) == {"Room 2"}
    assert lines_of(event)[0] == "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=6"


def test_an_exception_without_a_place_is_named_and_comes_back(diary: Diary) -> None:
    event = diary.series(WEEKLY)
    changed(diary, event, 1, summary="Review", **moved_to(MONDAYS[1] + HOUR))
    before = diary.state()

    edited = diary.change(event, ALL, None, recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"])

    (dropped,) = edited.dropped
    assert (dropped.original_start_at, dropped.summary) == (MONDAYS[1], "Review")
    assert dropped.start_at == MONDAYS[1] + HOUR
    assert diary.shows() == titled([MONDAYS[0], MONDAYS[2], MONDAYS[4]])
    diary.undo(edited)
    assert diary.state() == before


@pytest.mark.parametrize("scope", [FOLLOWING, ALL])
def test_a_series_takes_what_was_changed_in_an_exception(diary: Diary, scope: Scope) -> None:
    """Not what the exception had of its own before."""
    event = diary.series(WEEKLY)
    exception = changed(diary, event, 2, location="Room 2", **moved_to(MONDAYS[2] + DAY))

    edited = diary.change(exception, scope, None, summary="Review")

    own = [at for at in MONDAYS if at != MONDAYS[2]]
    early = own[:2] if scope is FOLLOWING else []
    others = titled([at for at in own if at not in early], "Review")
    assert diary.shows() == sorted([*titled(early), *others, (MONDAYS[2] + DAY, "Review")])
    assert Event.objects.filter(location="Room 2").count() == 1
    assert edited.dropped == ()


def test_all_from_an_exception_goes_where_it_was_put(diary: Diary) -> None:
    event = diary.series(WEEKLY)
    exception = changed(diary, event, 2, **moved_to(MONDAYS[2] + 4 * HOUR))

    diary.change(exception, ALL, None, **moved_to(MONDAYS[2] + 5 * HOUR))

    assert diary.shows() == titled([at + 5 * HOUR for at in MONDAYS])


def test_following_from_the_first_is_all(diary: Diary) -> None:
    event = diary.series(WEEKLY)
    diary.delete(event, THIS, MONDAYS[0])

    edited = diary.change(event, FOLLOWING, MONDAYS[1], summary="Review")

    assert edited.event == event
    assert diary.shows() == titled(MONDAYS[1:], "Review")
    assert Event.objects.count() == 1


def test_the_last_one_is_an_event_of_its_own(diary: Diary) -> None:
    event = diary.series(WEEKLY)

    edited = diary.change(event, FOLLOWING, MONDAYS[5], summary="Party")

    assert lines_of(edited.event) == []
    assert diary.shows() == [*titled(MONDAYS[:5]), (MONDAYS[5], "Party")]


def test_no_empty_series_is_left(diary: Diary) -> None:
    event = diary.series("RRULE:FREQ=WEEKLY;COUNT=2")
    diary.delete(event, THIS, MONDAYS[0])
    assert diary.delete(event, THIS, MONDAYS[1]).event is None
    assert not Event.objects.exists()

    event = diary.series("RRULE:FREQ=WEEKLY;COUNT=3")
    diary.delete(event, THIS, MONDAYS[0])
    assert diary.delete(event, FOLLOWING, MONDAYS[1]).event is None
    assert not Event.objects.exists()


def test_days_of_a_rule_with_several_stay(diary: Diary) -> None:
    event = diary.series("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4")

    edited = diary.change(event, ALL, MONDAYS[1], **moved_to(MONDAYS[1] + DAY + HOUR))

    assert edited.kept
    starts = [MONDAYS[0], MONDAYS[0] + 2 * DAY, MONDAYS[1], MONDAYS[1] + 2 * DAY]
    assert diary.shows() == titled([at + HOUR for at in starts])


def test_only_listed_dates(diary: Diary) -> None:
    listed = ",".join(f"{at:%Y%m%dT%H%M%SZ}" for at in MONDAYS[1:4])
    event = diary.series(f"RDATE:{listed}")

    edited = diary.change(event, FOLLOWING, MONDAYS[2], summary="Review")
    diary.delete(event, THIS, MONDAYS[1])

    assert diary.shows() == [*titled(MONDAYS[:1]), *titled(MONDAYS[2:4], "Review")]
    assert lines_of(edited.event) == [f"RDATE:{MONDAYS[3]:%Y%m%dT%H%M%SZ}"]


def test_wall_clock_times_stay_over_the_change_of_clocks(diary: Diary) -> None:
    start = berlin(10, 19)
    event = diary.series("RRULE:FREQ=WEEKLY;COUNT=3", start=start)

    diary.change(event, ALL, berlin(10, 26), **moved_to(berlin(10, 26, 11)))

    assert diary.shows() == titled([berlin(10, 19, 11), berlin(10, 26, 11), berlin(11, 2, 11)])


def test_a_series_of_times_becomes_one_of_dates(diary: Diary) -> None:
    event = diary.series(WEEKLY)
    changed(diary, event, 1, summary="Review")
    diary.delete(event, THIS, MONDAYS[2])
    day = datetime(2026, 9, 7, tzinfo=UTC)

    diary.change(
        event, ALL, MONDAYS[0], start_at=day, end_at=day + DAY, all_day=True, time_zone="UTC"
    )

    days = [day + WEEK * number for number in range(6)]
    assert diary.shows() == sorted([*titled([days[0], *days[3:]]), (days[1], "Review")])
    assert set(Occurrence.objects.values_list("all_day", flat=True)) == {True}
    assert "EXDATE;VALUE=DATE:20260921" in lines_of(event)


def test_another_zone_keeps_the_wall_clock(diary: Diary) -> None:
    start = berlin(10, 19)
    event = diary.series("RRULE:FREQ=WEEKLY;COUNT=3", start=start)
    diary.delete(event, THIS, berlin(10, 26))

    diary.change(
        event, ALL, None, time_zone="America/New_York", **moved_to(start + 6 * HOUR)
    )  # ten o'clock there

    # New York changes its clocks a week after Berlin.
    assert diary.shows() == titled([start + 6 * HOUR, berlin(11, 2, 16)])
    assert "EXDATE;TZID=America/New_York:20261026T100000" in lines_of(event)


def test_a_zone_of_its_own(diary: Diary) -> None:
    """Its name can't be written into a line, so dates are written in UTC."""
    event = diary.series(WEEKLY, time_zone="Nowhere", zone_definition=NOWHERE)

    diary.delete(event, THIS, MONDAYS[1])
    edited = diary.change(event, FOLLOWING, MONDAYS[3], **moved_to(MONDAYS[3] + HOUR))

    assert "EXDATE:20260914T080000Z" in lines_of(event)
    assert edited.event is not None
    assert edited.event.zone_definition == NOWHERE
    assert diary.shows() == titled([MONDAYS[0], MONDAYS[2], *(at + HOUR for at in MONDAYS[3:])])


def test_a_series_that_is_stored_in_part(diary: Diary) -> None:
    event = diary.series("RRULE:FREQ=MINUTELY;INTERVAL=20")
    last = Occurrence.objects.filter(event=event).order_by("-start_at")[0].start_at
    assert Occurrence.objects.count() == DEFAULT_LIMIT
    at = last + timedelta(days=30)

    edited = diary.change(event, FOLLOWING, at, summary="Review")

    assert edited.event is not None
    assert lines_of(event) == [
        f"RRULE:FREQ=MINUTELY;INTERVAL=20;UNTIL={at - timedelta(seconds=1):%Y%m%dT%H%M%SZ}"
    ]
    assert edited.event.start_at == at


def test_repetition_comes_and_goes(diary: Diary) -> None:
    event = diary.series()
    diary.change(event, None, None, recurrence=[WEEKLY])
    assert diary.shows() == titled(MONDAYS)
    exception = changed(diary, event, 1, summary="Review")

    with pytest.raises(DomainError) as refused:
        diary.change(event, THIS, MONDAYS[2], recurrence=[])
    assert refused.value.faults[0].field == "recurrence"
    edited = diary.change(event, ALL, MONDAYS[2], recurrence=[])

    assert diary.shows() == titled([MONDAYS[2]])
    assert [one.summary for one in edited.dropped] == ["Review"]
    diary.undo(edited)
    assert diary.shows() == sorted([*titled([MONDAYS[0], *MONDAYS[2:]]), (MONDAYS[1], "Review")])
    assert Event.objects.filter(pk=exception.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_since_is_not_overwritten(diary: Diary) -> None:
    """The version of a series says nothing of an exception that was made after it was read."""
    event = diary.series(WEEKLY)
    changed(diary, event, 1, summary="Review")

    with pytest.raises(DomainError) as refused:
        diary.change(event, THIS, MONDAYS[1], summary="Mine")

    assert refused.value.code == "stale-version"
