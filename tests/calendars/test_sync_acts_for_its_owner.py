"""A sync reads and writes as the owner of its collection, and sees nothing of anybody else."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Event, SyncRun
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.privilege import as_product

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@sandbox.example"


def test_the_owner_gets_the_events_and_nobody_else_sees_them(
    google: Control, connect: Connect, run_due: RunDue, alice: User, charlie: User
) -> None:
    times = {
        edge: {"dateTime": f"2026-12-01T{hour}:00:00Z"}
        for edge, hour in (("start", 12), ("end", 13))
    }
    google.add_event(ADA, {"summary": "Lunch", **times})
    connect(alice)

    runs = run_due()

    assert {one.outcome for one in runs} == {SyncRun.Outcome.COMPLETED}
    with as_product():
        assert Event.objects.count() == 0
    for person, summaries in ((alice, ["Lunch"]), (charlie, [])):
        with acting_as(user_id=person.pk):
            assert list(Event.objects.values_list("summary", flat=True)) == summaries
