"""Real public holidays as Google serves them: read-only calendars that refuse push channels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from holidays import country_holidays

from sandbox.calendar import Calendar
from sandbox.editing import insert_event
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its name in Google's calendar ids."""

    code: str
    name: str
    google_name: str
    time_zone: str
    language: str = "en_US"


COUNTRIES = (
    Country("DE", "Germany", "german", "Europe/Berlin"),
    Country("GB", "United Kingdom", "uk", "Europe/London", "en_GB"),
    Country("US", "United States", "usa", "America/New_York"),
    Country("JP", "Japan", "japanese", "Asia/Tokyo"),
    Country("IN", "India", "indian", "Asia/Kolkata", "en_IN"),
)


def seed_holidays(world: World, country: Country, today: date) -> Calendar:
    """Create the public holidays from last year to the year after next."""
    calendar = world.add_calendar(
        f"en.{country.google_name}#holiday@group.v.calendar.google.com",
        f"Holidays in {country.name}",
        country.time_zone,
    )
    calendar.watchable, calendar.public = False, True
    years = range(today.year - 1, today.year + 3)
    found = country_holidays(country.code, years=years, language=country.language)
    for day, name in sorted(found.items()):
        _add(calendar, day, name)
    return calendar


def _add(calendar: Calendar, day: date, name: str) -> None:
    end = day + timedelta(days=1)
    insert_event(
        calendar,
        {
            "id": stable_id(calendar.id, day.isoformat()),
            "summary": name,
            "description": "Public holiday",
            "start": {"date": day.isoformat()},
            "end": {"date": end.isoformat()},
            "transparency": "transparent",
            "visibility": "public",
        },
    )


def stable_id(*parts: str) -> str:
    """Return an event id that is the same for the same content in every run."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return digest[:26]
