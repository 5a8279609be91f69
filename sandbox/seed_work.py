"""A plausible work calendar, with every kind of recurrence that a client must handle."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.editing import delete_event, patch_event
from sandbox.seed_planner import Guest, Planner
from sandbox.times import stamp_of

GRACE = Guest("grace@daybook.example", "Grace Hopper")
BOB = Guest("bob@daybook.example", "Bob Kahn")
MEI = Guest("mei@sandbox.example", "Mei Chen")
TOMAS = Guest("tomas@sandbox.example", "Tomás Rivera")
PRIYA = Guest("priya@sandbox.example", "Priya Nair")
_WEEK = timedelta(days=7)


def seed_work(plan: Planner, me: Guest, colleague: Guest) -> None:
    """Fill a work calendar. `colleague` is in another time zone."""
    team = (me, colleague, GRACE, MEI.but("tentative"), BOB.but("needsAction"))
    _daily(plan, team)
    _team_meeting(plan, team)
    _series(plan, me, colleague)
    _this_week(plan, me, colleague)
    _coming_weeks(plan, me, colleague)
    _past_weeks(plan, me, colleague)
    _whole_days(plan)


def _daily(plan: Planner, team: tuple[Guest, ...]) -> None:
    zone, skipped = plan.calendar.time_zone, plan.day(11)
    plan.timed(
        "Stand-up",
        -112,
        "09:15",
        15,
        guests=team,
        meet=True,
        recurrence=[
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            f"EXDATE;TZID={zone}:{skipped:%Y%m%d}T091500",
        ],
    )


def _team_meeting(plan: Planner, team: tuple[Guest, ...]) -> None:
    """A series with one instance moved to the next day, and one cancelled."""
    master = plan.timed(
        "Team meeting",
        -55,
        "14:00",
        60,
        recurrence=["RRULE:FREQ=WEEKLY;BYDAY=TU"],
        location="Room Ada",
        guests=team,
        meet=True,
        description="Agenda:\n1. What shipped\n2. What is stuck\n3. Who needs help",
    )
    zone = plan.calendar.zone
    first = datetime.combine(plan.day(1), datetime.min.time(), zone).replace(hour=14)
    moved, gone = first, first + 2 * _WEEK
    later = moved + timedelta(days=1)
    patch_event(
        plan.calendar,
        f"{master}_{stamp_of(moved)}",
        {
            "start": {"dateTime": later.isoformat(), "timeZone": zone.key},
            "end": {"dateTime": (later + timedelta(hours=1)).isoformat(), "timeZone": zone.key},
            "summary": "Team meeting (moved)",
        },
    )
    delete_event(plan.calendar, f"{master}_{stamp_of(gone)}")


def _series(plan: Planner, me: Guest, colleague: Guest) -> None:
    until = plan.day(60)
    plan.timed(
        f"One-to-one with {colleague.name.split()[0]}",
        -25,
        "11:00",
        30,
        recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"],
        visibility="private",
        guests=(me, colleague),
        location="https://us02web.zoom.us/j/84512345678?pwd=Zm9yRGF5Ym9vaw",
    )
    plan.timed(
        "Demo and retrospective",
        _last_friday(plan),
        "15:00",
        90,
        recurrence=["RRULE:FREQ=MONTHLY;BYDAY=-1FR"],
        colorId="10",
        location="Room Grace",
        guests=(me, GRACE, colleague.but("accepted", optional=True)),
    )
    plan.timed(
        "Language course",
        -19,
        "12:30",
        45,
        recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL={until:%Y%m%d}T235959Z"],
    )
    plan.timed(
        "Sync with New York",
        -14,
        "10:30",
        30,
        zone="America/New_York",
        recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO"],
        guests=(me, TOMAS, PRIYA.but("declined")),
        meet=True,
    )
    plan.days(
        "Time sheets due",
        -70,
        1,
        recurrence=["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
        transparency="transparent",
    )


def _this_week(plan: Planner, me: Guest, colleague: Guest) -> None:
    plan.timed(
        "Onboarding Mei",
        0,
        "10:00",
        45,
        recurrence=["RRULE:FREQ=DAILY;COUNT=5"],
        guests=(me, MEI),
        location="Room Hamilton",
    )
    plan.timed(
        "Budget review",
        2,
        "16:00",
        60,
        guests=(me, GRACE, TOMAS.but("tentative")),
        organizer=GRACE,
        location="Room Noether",
        description="Last quarter's figures and the plan for the next.<br>"
        "Draft: https://docs.example.com/budget",
    )
    plan.timed("Focus: migration plan", 1, "10:45", 120, eventType="focusTime")
    plan.timed("Vendor pitch", 1, "16:30", 45, guests=(TOMAS, me.but("declined")), organizer=TOMAS)
    # Three at once: the layout of overlaps, and a conflict of times.
    plan.timed("Design review", 3, "14:00", 90, guests=(me, MEI, colleague), meet=True)
    plan.timed(
        "Interview: backend developer",
        3,
        "14:30",
        60,
        status="tentative",
        location="Room Grace",
        guests=(GRACE, me.but("needsAction"), BOB.but("tentative")),
        organizer=GRACE,
    )
    plan.timed("Call the payroll office", 3, "15:00", 20, transparency="transparent")
    plan.timed(
        "Kick-off with Northwind",
        4,
        "11:00",
        60,
        guests=(me, PRIYA, TOMAS),
        description="Join Microsoft Teams: "
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ0/0?context=%7b%7d",
    )
    plan.timed("Lunch with Grace", 2, "12:00", 30, location="Café Einstein, Kurfürstenstraße 58")


def _coming_weeks(plan: Planner, me: Guest, colleague: Guest) -> None:
    plan.timed("Call with Sydney", 8, "18:00", 45, zone="Australia/Sydney", guests=(me, PRIYA))
    plan.timed(
        "Release window",
        10,
        "22:30",
        180,
        colorId="11",
        reminders={"useDefault": False, "overrides": [
            {"method": "popup", "minutes": 60}, {"method": "email", "minutes": 1440}]},
    )  # fmt: skip
    plan.timed("Workshop: time zones", 9, "13:00", 180, location="Room Ada", guests=(me, colleague))
    plan.timed("Train to Hamburg", 16, "07:38", 105, location="Berlin Hauptbahnhof, Gleis 7")


def _past_weeks(plan: Planner, me: Guest, colleague: Guest) -> None:
    plan.timed("Salary review", -6, "15:00", 45, visibility="private", guests=(me, GRACE))
    plan.timed("Architecture review", -4, "13:00", 75, guests=(me, colleague, MEI), meet=True)
    plan.timed("Security training", -12, "10:00", 120, location="Room Hamilton")
    plan.timed("Customer visit: Contoso", -13, "13:30", 180, location="Friedrichstraße 68, Berlin",
               guests=(me, PRIYA))  # fmt: skip
    plan.timed("Quarterly planning", -20, "09:30", 210, guests=(me, colleague, GRACE), meet=True)
    plan.timed("Interview: designer", -18, "11:00", 60, guests=(me, MEI))
    plan.timed("Flight to Zürich", -26, "06:40", 90, location="BER, Terminal 1")
    plan.days("Conference in Zürich", -26, 3, location="Zürich, Switzerland")
    plan.timed("Team lunch", -10, "12:15", 75, location="Markthalle Neun", guests=(me, GRACE, MEI))


def _whole_days(plan: Planner) -> None:
    plan.days("Offsite in Lisbon", 22, 3, location="Lisbon, Portugal")
    plan.days(
        "Home office",
        4,
        1,
        recurrence=["RRULE:FREQ=WEEKLY;BYDAY=FR"],
        transparency="transparent",
    )
    plan.days("Quarter closes", 30, 1)
    plan.days("Grace on holiday", -7, 5, transparency="transparent")


def _last_friday(plan: Planner) -> int:
    """Return the offset of the last Friday of the month before."""
    monday = plan.day(0)
    last = monday.replace(day=1) - timedelta(days=1)
    return (last - timedelta(days=(last.weekday() - 4) % 7) - monday).days
