"""The demo's data: people, their weeks, and real public holidays."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from sandbox.seed_holidays import COUNTRIES, seed_holidays
from sandbox.seed_ics import seed_ics
from sandbox.seed_week import Week
from sandbox.world import World

ADA = "ada@sandbox.example"
KENJI = "kenji@sandbox.example"
FAMILY = "family0lovelace@group.calendar.google.com"


def seed_demo(world: World, *, ics: Path | None = None, today: date | None = None) -> None:
    """Create two people with full calendars around today, and a calendar from an iCalendar file.

    Raises ValueError or OSError if the file can't be read.
    """
    day = today or datetime.now().astimezone().date()
    ada = world.add_account(ADA, "Ada Lovelace", "Europe/Berlin")
    kenji = world.add_account(KENJI, "Kenji Tanaka", "Asia/Tokyo")
    for account, summary in ((ada, "Work"), (kenji, "Work")):
        world.calendars[account.email].summary = summary
    for country in COUNTRIES:
        calendar = seed_holidays(world, country, day)
        for account in (ada, kenji):
            if country.code in _FOLLOWED[account.email]:
                world.share(calendar, account, "reader")
    family = world.add_calendar(FAMILY, "Family", "Europe/Berlin", owner=ada)
    Week(world.calendars[ADA], day, [ADA, KENJI, "grace@sandbox.example"]).seed_work()
    Week(world.calendars[KENJI], day, [KENJI, ADA, "mei@sandbox.example"]).seed_work()
    Week(family, day, [ADA]).seed_family()
    if ics is not None:
        world.share(seed_ics(world, ics), ada, "owner")


_FOLLOWED = {ADA: {"DE", "GB", "US"}, KENJI: {"JP", "US", "IN"}}
