"""A sync reads and writes as the owner of its collection, so a policy shows it what is theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Event, SyncRun
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@sandbox.example"
OWN = "owner_id = (SELECT nullif(current_setting('app.user_id', true), '')::bigint)"


@pytest.fixture
def policy() -> Iterator[None]:
    """Row-level security on events, for the length of the test."""
    run(
        f"CREATE POLICY of_the_test ON calendars_event USING ({OWN});"
        "ALTER TABLE calendars_event ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE calendars_event FORCE ROW LEVEL SECURITY"
    )
    yield
    run(
        "ALTER TABLE calendars_event DISABLE ROW LEVEL SECURITY;"
        "ALTER TABLE calendars_event NO FORCE ROW LEVEL SECURITY;"
        "DROP POLICY of_the_test ON calendars_event"
    )


def run(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)


def test_under_a_policy_the_owner_gets_the_events_and_nobody_else_sees_them(
    google: Control, connect: Connect, run_due: RunDue, alice: User, charlie: User, policy: None
) -> None:
    times = {
        edge: {"dateTime": f"2026-12-01T{hour}:00:00Z"}
        for edge, hour in (("start", 12), ("end", 13))
    }
    google.add_event(ADA, {"summary": "Lunch", **times})
    connect(alice)

    runs = run_due()

    assert {one.outcome for one in runs} == {SyncRun.Outcome.COMPLETED}
    assert Event.objects.count() == 0
    for person, summaries in ((alice, ["Lunch"]), (charlie, [])):
        with acting_as(user_id=person.pk):
            assert list(Event.objects.values_list("summary", flat=True)) == summaries
