"""The service under load during all kinds of database outages: slow or 503, never wrong.

In full: pytest tests/faults/test_storm.py --storm=full -s
"""

from __future__ import annotations

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from calendars.models import Event
from calendars.sharing.importing import import_ics
from config.desk.embedded.servers import free_port
from profiles.models import Profile
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.config.sessions import wait_until
from tests.factories import make_session, make_user
from tests.faults.conftest import google_environment
from tests.faults.programs import running_programs
from tests.faults.servers import OwnServers
from tests.faults.storm import Outcome, faults_of, run_storm, summary
from tests.faults.wire import Person

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
ADA = "ada@sandbox.example"
SYNCED = 3000
FULL_SERVICE_SECONDS = 2.0
SIZES = {
    "short": {"poolers": 1, "restarts": 1, "kills": 1, "cut_seconds": 2.0},
    "full": {"poolers": 10, "restarts": 5, "kills": 2, "cut_seconds": 5.0},
}
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daybook//tests//EN
BEGIN:VEVENT
UID:day@example.org
DTSTAMP:20260301T000000Z
DTSTART:20260310T100000Z
DTEND:20260310T110000Z
SUMMARY:Day of {name}
END:VEVENT
END:VCALENDAR
"""


def make_person(name: str, port: int) -> Person:
    user = make_user(f"{name}@example.org")
    import_ics(owner=user, name="Days", content=CALENDAR.format(name=name).encode())
    return Person(name, make_session(user).access, port)


@pytest.fixture
def syncing(google: Control, own: OwnServers, connect: Connect) -> dict[str, str]:
    """Run a user's sync meanwhile; yields what the programs need."""
    google.bulk(ADA, SYNCED)
    connect(make_user("dora@example.org"))
    return {**google_environment(google), "SYNC_INTERVAL_SECONDS": "1"}


def is_in_step(google: Control) -> bool:
    ours = dict(Event.objects.filter(calendar__remote_id=ADA).values_list("remote_id", "etag"))
    return ours == {event["id"]: event["etag"] for event in google.truth(ADA)["events"]}


def test_nothing_is_lost_and_nothing_is_wrong(
    own: OwnServers, google: Control, syncing: dict[str, str], request: pytest.FixtureRequest
) -> None:
    port = free_port()
    people = [make_person(name, port) for name in ("alice", "bob", "charlie")]
    faults = faults_of(own, **SIZES[request.config.option.storm])  # type: ignore[arg-type]
    connection.close()
    programs = ("web", "worker", "beat")
    with running_programs(own, programs, port=port, environment=syncing):
        wait_until(lambda: answers_well(people[0]))
        for one in people:
            one.answers.clear()
        outcomes = run_storm(people, faults)
        print("\n" + summary(people, outcomes))
        google.bulk(ADA, 1)
        connection.close()
        wait_until(lambda: is_in_step(google))

    assert [one.wrong for one in people] == [[], [], []]
    told = {answer.status for one in people for answer in one.answers}
    assert told <= {200, 503}
    for one in people:
        kept = Profile.objects.get(owner__email=f"{one.name}@example.org").bio
        assert one.acknowledged <= int(kept.rpartition(" ")[2]) <= one.sent
    if request.config.option.storm == "full":
        assert slowest(outcomes) <= FULL_SERVICE_SECONDS


def answers_well(person: Person) -> bool:
    person.read()
    time.sleep(0.1)
    return person.answers[-1].status == 200


def slowest(outcomes: list[Outcome]) -> float:
    return max(outcome.recovery_seconds for outcome in outcomes)


def test_many_clients_on_few_connections(own: OwnServers, request: pytest.FixtureRequest) -> None:
    """pgbouncer shares ten sessions among 64 connections: each response is for the right user."""
    port = free_port()
    crowd = [make_person(f"person{number}", port) for number in range(64)]
    each = {"short": 9, "full": 157}[request.config.option.storm]
    connection.close()
    with running_programs(own, ("web",), port=port, threads=32):
        wait_until(lambda: answers_well(crowd[0]))
        crowd[0].answers.clear()
        began_at = time.monotonic()
        ask_all_at_once(crowd, each)
        seconds = time.monotonic() - began_at
    answers = [answer for one in crowd for answer in one.answers]
    statuses = Counter(answer.status for answer in answers)
    print(f"\n{len(answers)} answers to {len(crowd)} clients in {seconds:.1f} s: {dict(statuses)}")
    if set(statuses) != {200}:
        print(set(re.findall(r"database_fault.*", (own.folder / "programs.log").read_text())))

    assert len(answers) == len(crowd) * each
    assert {answer.status for answer in answers} == {200}
    assert not [wrong for one in crowd for wrong in one.wrong]


def ask_all_at_once(crowd: list[Person], each: int) -> None:
    def ask(person: Person) -> None:
        for number in range(each):
            (person.write, person.read, person.look)[number % 3]()

    with ThreadPoolExecutor(len(crowd)) as threads:
        list(threads.map(ask, crowd))
