"""The demo's data: people, their weeks, and real public holidays."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from sandbox.account import Account
from sandbox.calendar import Calendar
from sandbox.seed_family import seed_birthdays, seed_family
from sandbox.seed_holidays import COUNTRIES, seed_holidays
from sandbox.seed_ics import seed_ics
from sandbox.seed_planner import Guest, Planner
from sandbox.seed_work import seed_work
from sandbox.world import World

ADA = "ada@sandbox.example"
KENJI = "kenji@sandbox.example"
FAMILY = "family0lovelace@group.calendar.google.com"
BIRTHDAYS = "birthdays0lovelace@group.calendar.google.com"
_FOLLOWED = {ADA: {"DE", "GB", "US"}, KENJI: {"JP", "US", "IN"}}
# Ids of Google's palette, so that calendars side by side are easy to tell apart.
_BLUE, _ORANGE, _ROSE = "16", "5", "22"
_OF_HOLIDAYS = {"DE": "8", "GB": "24", "US": "2", "JP": "3", "IN": "6"}


def seed_demo(world: World, *, ics: Path | None = None, today: date | None = None) -> None:
    """Create two people with full calendars around today, and a calendar from an iCalendar file.

    Raises ValueError or OSError if the file can't be read.
    """
    day = today or datetime.now().astimezone().date()
    ada = world.add_account(ADA, "Ada Lovelace", "Europe/Berlin")
    kenji = world.add_account(KENJI, "Kenji Tanaka", "Asia/Tokyo")
    _seed_work(world, ada, kenji, day)
    _seed_work(world, kenji, ada, day)
    _seed_holidays(world, [ada, kenji], day)
    for calendar_id, name, colour, seed in (
        (FAMILY, "Family", _ORANGE, seed_family),
        (BIRTHDAYS, "Birthdays", _ROSE, seed_birthdays),
    ):
        calendar = world.add_calendar(calendar_id, name, ada.time_zone, owner=ada)
        _paint(world, ada, calendar, colour)
        seed(Planner(calendar, day))
    if ics is not None:
        world.share(seed_ics(world, ics), ada, "owner")


def _seed_work(world: World, account: Account, colleague: Account, day: date) -> None:
    calendar = world.calendars[account.email]
    calendar.summary = "Work"
    _paint(world, account, calendar, _BLUE)
    me, other = (Guest(one.email, one.name) for one in (account, colleague))
    seed_work(Planner(calendar, day), me, other)


def _seed_holidays(world: World, accounts: list[Account], day: date) -> None:
    for country in COUNTRIES:
        calendar = seed_holidays(world, country, day)
        for account in accounts:
            if country.code in _FOLLOWED[account.email]:
                world.share(calendar, account, "reader")
                _paint(world, account, calendar, _OF_HOLIDAYS[country.code])


def _paint(world: World, account: Account, calendar: Calendar, colour: str) -> None:
    entry = account.entry(calendar.id)
    if entry is not None:
        account.adjust(entry, entry.settings | {"colorId": colour})
        world.list_changed(account)
