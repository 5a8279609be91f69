"""Without a zone from the browser, a new user gets the primary calendar's zone at the first
connect."""

from __future__ import annotations

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.models import Calendar
from profiles.models import Profile, ProfileChange
from profiles.services import change_profile
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA = "ada@sandbox.example"


def zone_of(person: User) -> str:
    return Profile.objects.filter(owner=person).values_list("timezone", flat=True).first() or ""


def test_it_is_taken_once(
    google: Control, alice: User, charlie: User, connect: Connect, run_due: RunDue
) -> None:
    google.create_calendar("Family", owner=ADA, time_zone="Asia/Tokyo")
    connection = connect(alice)
    run_due()
    assert zone_of(alice) == "Europe/Berlin"
    assert zone_of(charlie) == ""
    change = ProfileChange.objects.get(owner=alice)
    assert (change.field, change.door, change.actor) == ("timezone", "sync", None)

    change_profile(owner=alice, changes={"timezone": ""})
    request_sync(owner=alice, connection_id=connection.pk, full=True)
    run_due()
    assert zone_of(alice) == ""


def test_a_chosen_zone_stays(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Kathmandu"})
    connect(alice)
    run_due()
    assert Calendar.objects.filter(owner=alice, time_zone="Europe/Berlin").exists()
    assert zone_of(alice) == "Asia/Kathmandu"
