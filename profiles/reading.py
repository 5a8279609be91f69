"""How a profile's owner reads dates, times and words, for `accounts.reading`."""

from __future__ import annotations

from accounts.models import User
from accounts.reading import Reading
from profiles.preferences import reader_of


def reading_of(user: User) -> Reading:
    """Return how the user reads. Needs one query per user object."""
    reader = reader_of(user)
    return Reading(reader.locale, reader.hour_cycle, reader.zone)
