"""Plausible calendars around today, with every kind of recurrence that a client must handle."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.calendar import Calendar
from sandbox.editing import delete_event, insert_event, patch_event
from sandbox.seed_holidays import stable_id
from sandbox.times import stamp_of
from sandbox.wire import Json

_WEEK = timedelta(days=7)


class Week:
    """Creates events relative to the Monday of a day's week."""

    def __init__(self, calendar: Calendar, today: date, people: list[str]) -> None:
        self._calendar = calendar
        self._monday = today - timedelta(days=today.weekday())
        self._people = people

    def seed_work(self) -> None:
        """Create a work calendar."""
        self._stand_up()
        self._team_meeting()
        self._other_series()
        self._single_meetings()
        self._whole_days()

    def seed_family(self) -> None:
        """Create a family calendar."""
        self._timed(
            "Swimming lesson",
            self._day(-35),
            "16:30",
            45,
            recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO"],
            location="Stadtbad",
        )
        self._timed(
            "Dinner with grandparents",
            self._day(-1),
            "18:00",
            120,
            recurrence=["RRULE:FREQ=MONTHLY;BYDAY=1SU"],
        )
        self._timed("Parents' evening", self._day(9), "19:00", 90, location="Primary school")
        self._timed("Dentist, Max", self._day(3), "08:15", 30, location="Dr. Sommer")
        self._days("Byron's birthday", self._day(12), 1, recurrence=["RRULE:FREQ=YEARLY"])
        self._days("School holidays", self._day(21), 12, transparency="transparent")

    def _stand_up(self) -> None:
        first, skipped = self._day(-28), self._day(3)
        self._timed(
            "Stand-up",
            first,
            "09:15",
            15,
            recurrence=[
                "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
                f"EXDATE;TZID={self._calendar.time_zone}:{skipped:%Y%m%d}T091500",
            ],
            attendees=self._invited(),
        )

    def _team_meeting(self) -> None:
        first = self._day(-55)
        master = self._timed(
            "Team meeting",
            first,
            "14:00",
            60,
            recurrence=["RRULE:FREQ=WEEKLY;BYDAY=TU"],
            location="Room Ada",
            attendees=self._invited(),
        )
        zone = self._calendar.zone
        moved, gone = (datetime.combine(self._day(1) + _WEEK * n, time(14), zone) for n in (0, 2))
        later = moved + timedelta(days=1, hours=1)
        patch_event(
            self._calendar,
            f"{master}_{stamp_of(moved)}",
            {
                "start": {"dateTime": later.isoformat(), "timeZone": zone.key},
                "end": {"dateTime": (later + timedelta(hours=1)).isoformat(), "timeZone": zone.key},
                "summary": "Team meeting (moved)",
            },
        )
        delete_event(self._calendar, f"{master}_{stamp_of(gone)}")

    def _other_series(self) -> None:
        until = self._day(60)
        self._timed(
            "One-to-one",
            self._day(-25),
            "11:00",
            30,
            recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"],
            visibility="private",
        )
        self._timed(
            "Demo and retrospective",
            _last_friday(self._monday),
            "15:00",
            90,
            recurrence=["RRULE:FREQ=MONTHLY;BYDAY=-1FR"],
            colorId="10",
        )
        self._timed(
            "Language course",
            self._day(-19),
            "12:30",
            45,
            recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL={until:%Y%m%d}T235959Z"],
        )
        self._timed(
            "Onboarding", self._day(0), "10:00", 60, recurrence=["RRULE:FREQ=DAILY;COUNT=5"]
        )
        self._timed(
            "Sync with New York",
            self._day(-14),
            "10:30",
            30,
            zone="America/New_York",
            recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO"],
            location="Video call",
        )

    def _single_meetings(self) -> None:
        self._timed(
            "Budget review",
            self._day(2),
            "16:00",
            60,
            attendees=self._invited(),
            description="Last quarter's figures and the plan for the next.",
        )
        self._timed(
            "Interview: backend developer",
            self._day(4),
            "13:00",
            60,
            status="tentative",
            location="Room Grace",
        )
        self._timed("Call with Sydney", self._day(8), "18:00", 45, zone="Australia/Sydney")
        self._timed(
            "Release window",
            self._day(10),
            "22:30",
            180,
            colorId="11",
            reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 60}]},
        )
        self._timed("Lunch with Grace", self._day(-3), "12:00", 60, transparency="opaque")

    def _whole_days(self) -> None:
        self._days("Offsite in Lisbon", self._day(15), 3, location="Lisbon, Portugal")
        self._days(
            "Home office",
            self._day(4),
            1,
            recurrence=["RRULE:FREQ=WEEKLY;BYDAY=FR"],
            transparency="transparent",
        )
        self._days("Quarter closes", self._day(30), 1)

    def _day(self, offset: int) -> date:
        return self._monday + timedelta(days=offset)

    def _invited(self) -> list[Json]:
        answers = ("accepted", "tentative", "needsAction")
        return [
            {"email": email, "responseStatus": answer}
            for email, answer in zip(self._people, answers, strict=False)
        ]

    def _timed(
        self,
        summary: str,
        day: date,
        clock: str,
        minutes: int,
        *,
        zone: str | None = None,
        **more: object,
    ) -> str:
        place = ZoneInfo(zone or self._calendar.time_zone)
        start = datetime.combine(day, time.fromisoformat(clock), place)
        end = start + timedelta(minutes=minutes)
        return self._insert(
            summary,
            {
                "start": {"dateTime": start.isoformat(), "timeZone": place.key},
                "end": {"dateTime": end.isoformat(), "timeZone": place.key},
                **more,
            },
        )

    def _days(self, summary: str, first: date, days: int, **more: object) -> str:
        end = first + timedelta(days=days)
        return self._insert(
            summary,
            {"start": {"date": first.isoformat()}, "end": {"date": end.isoformat()}, **more},
        )

    def _insert(self, summary: str, body: Json) -> str:
        event_id = stable_id(self._calendar.id, summary)
        insert_event(self._calendar, {"id": event_id, "summary": summary, **body})
        return event_id


def _last_friday(day: date) -> date:
    """Return the last Friday of the month before a day's."""
    last = day.replace(day=1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - 4) % 7)
