"""A family's calendar and its birthdays."""

from __future__ import annotations

from datetime import timedelta

from sandbox.seed_planner import Planner

# Days from this week's Monday, and the year of birth.
_BIRTHDAYS = (("Byron", 12, 2015), ("Grandmother Anna", 3, 1948), ("Luise", 27, 1984),
              ("Uncle Theo", -9, 1957), ("Mei", 46, 1991))  # fmt: skip


def seed_family(plan: Planner) -> None:
    """Fill a family calendar."""
    _weekly(plan)
    plan.timed(
        "Dinner with grandparents",
        _first_sunday(plan),
        "18:00",
        120,
        recurrence=["RRULE:FREQ=MONTHLY;BYDAY=1SU"],
        location="Oma und Opa, Potsdam",
    )
    plan.timed("Dentist, Max", 3, "08:15", 30, location="Dr. Sommer, Bergmannstraße 12, Berlin")
    plan.timed("Parents' evening", 9, "19:00", 90, location="Primary school")
    plan.timed("Concert at the Philharmonie", 5, "20:00", 150, location="Philharmonie Berlin")
    plan.timed("Vaccination, Clara", 7, "15:45", 20, location="Dr. Sommer")
    plan.timed("Plumber", 11, "08:00", 120, status="tentative")
    plan.timed("Movie night", -3, "19:30", 120)
    plan.timed("Lantern parade", -19, "17:00", 75, location="Kita Sonnenblume")
    plan.timed("Brunch at Luise's", -16, "10:30", 150)
    plan.timed("Car inspection", -11, "08:00", 60, location="TÜV Tempelhof")
    plan.timed("Theatre: Faust", -10, "19:30", 165, location="Deutsches Theater Berlin")
    plan.days("Grandparents stay", -17, 3)
    plan.timed("Zoo with Byron's class", -25, "09:30", 240, location="Zoo Berlin")
    plan.days("School holidays", 21, 12, transparency="transparent")
    plan.days("Weekend at the lake", 12, 2, location="Scharmützelsee")


def _first_sunday(plan: Planner) -> int:
    """Return the offset of the first Sunday of a month, some months ago."""
    monday = plan.day(0)
    first = (monday - timedelta(days=150)).replace(day=1)
    return (first + timedelta(days=6 - first.weekday()) - monday).days


def _weekly(plan: Planner) -> None:
    until = plan.day(210)
    plan.timed(
        "Swimming lesson",
        -35,
        "16:30",
        45,
        recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO"],
        location="Stadtbad",
    )
    plan.timed(
        "Running",
        -62,
        "07:00",
        45,
        recurrence=[
            f"RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL={until:%Y%m%d}T225959Z",
            *(
                f"EXDATE;TZID={plan.calendar.time_zone}:{plan.day(offset):%Y%m%d}T070000"
                for offset in (3, 22, 24)
            ),
        ],
    )
    plan.timed("Choir", -34, "19:30", 90, recurrence=["RRULE:FREQ=WEEKLY;BYDAY=TU"])
    plan.timed("Football, Max", -30, "10:00", 90, recurrence=["RRULE:FREQ=WEEKLY;BYDAY=SA"],
               location="Sportplatz Züllichauer Straße")  # fmt: skip
    plan.days("Recycling bin", 1, 1, recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"],
              transparency="transparent")  # fmt: skip


def seed_birthdays(plan: Planner) -> None:
    """Fill a calendar of birthdays, which come every year."""
    for name, offset, year in _BIRTHDAYS:
        on = plan.day(offset)
        age = on.year - year
        plan.days(
            f"{name}'s birthday",
            offset,
            1,
            recurrence=["RRULE:FREQ=YEARLY"],
            transparency="transparent",
            description=f"Turns {age} in {on.year}.",
        )
