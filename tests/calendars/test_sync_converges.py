"""Whatever happens at Google, and whatever goes wrong on the way: at the end both sides are equal.

Hypothesis edits a calendar, orders faults, poisons lists, lapses tokens, loses or repeats
announcements, lets workers and refreshers die, disconnects and syncs, in any order. After each
sync: what is shown without an error is what Google has, without what is set aside; and few calls
were made. More examples than the few of an ordinary run: SYNC_EXAMPLES=500, or again and again for
SYNC_SECONDS=3600.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from calendars.connections.disconnecting import disconnect
from calendars.connections.overview import connection_summaries, request_sync
from calendars.google import credentials, quota
from calendars.models import (
    Channel,
    Connection,
    Credential,
    Event,
    QuarantinedEvent,
    SyncRun,
    SyncState,
)
from calendars.sync.due import claim
from calendars.timeline.occurrences import occurrences_between
from sandbox.control import Control
from tests.calendars.conftest import CLIENT_ID, CLIENT_SECRET, Connect
from tests.calendars.push import hand_over, webhook
from tests.product import keep_channels, open_channels, sync_collection
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]

ADA = "ada@sandbox.example"
HOME = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(HOME).replace(hour=0, minute=0, second=0, microsecond=0)
WINDOW = (TODAY - timedelta(days=60), TODAY + timedelta(days=120))
Json = dict[str, Any]

FAULTS: list[tuple[str, Json]] = [
    ("status", {"status": 500}),
    ("status", {"status": 503}),
    ("status", {"status": 429}),
    ("html", {}),
    ("half_json", {}),
    ("drop", {}),
    ("drop_mid_body", {}),
    ("lost_answer", {}),
    ("empty_page", {}),
    ("stale_repeats", {}),
    ("malformed_item", {}),
    ("google_error", {"error": "rateLimitExceeded"}),
    ("google_error", {"error": "quotaExceeded"}),
    ("google_error", {"error": "fullSyncRequired"}),
    ("google_error", {"error": "authError"}),
    ("google_error", {"error": "userRateLimitExceeded"}),  # and no Retry-After
    *(("html", {"status": status}) for status in (400, 401, 403, 404, 407, 408, 410, 511)),
    ("status", {"status": 302, "headers": {"Location": "http://127.0.0.1:9/sign-in"}}),
    ("status", {"status": 204}),
    ("status", {"status": 200, "body": "{}"}),
    ("status", {"status": 503, "headers": {"Retry-After": "Sun Nov  6 08:49:37 1994"}}),
    ("status", {"status": 503, "headers": {"Retry-After": "9" * 5000}}),
    ("cut_list", {"keep": 0.0}),
    ("cut_list", {"keep": 0.5}),
]
LIST_FAULTS: list[tuple[str, Json]] = [
    ("html", {"status": 403}),
    ("status", {"status": 200, "body": "{}"}),
    ("status", {"status": 200, "body": '{"items": [5, null, {"id": "\\ud800"}]}'}),
    ("status", {"status": 410}),
    ("google_error", {"error": "rateLimitExceeded"}),
]
TOKEN_FAULTS: list[tuple[str, Json]] = [
    ("status", {"status": 500}),
    ("drop", {}),
    *(("html", {"status": status}) for status in (200, 400, 401, 403, 408)),
    ("status", {"status": 400, "body": '{"error": {"code": 400}}'}),
    ("status", {"status": 400, "body": '{"error": "captive_portal"}'}),
]
WATCH_FAULTS: list[tuple[str, Json]] = [
    ("html", {"status": 400}),
    ("status", {"status": 500}),
    *(
        ("status", {"status": 200, "body": json.dumps({"resourceId": "r", "expiration": told})})
        for told in ("9" * 5000, 10**400, -1, "soon", "0", None)
    ),
]
WHEN = {"start": {"dateTime": "2026-12-01T10:00:00Z"}, "end": {"dateTime": "2026-12-01T11:00:00Z"}}
LONG_AGO = {
    "start": {"dateTime": "2010-12-01T10:00:00Z"},
    "end": {"dateTime": "2010-12-01T11:00:00Z"},
}
POISONS = [
    json.dumps({"id": "endless", **LONG_AGO, "recurrence": lines})
    for lines in (
        ["RRULE:FREQ=DAILY", "EXRULE:FREQ=SECONDLY"],
        ["RRULE:FREQ=SECONDLY;COUNT=999999999"],
        ["RRULE:FREQ=NEVER"],
    )
]
POISONS += [
    f'{{"id": "deep", "reminders": {"[" * depth}{"]" * depth}}}' for depth in (500, 1_100, 50_000)
]
POISONS += [
    json.dumps({"id": "absurd", **WHEN, **members})
    for members in (
        {"start": {"dateTime": "0001-01-01T00:00:00+14:00"}},
        {"start": {"date": "9999-12-31"}, "end": {"date": "9999-12-31"}},
        {"status": "x" * 5000},
        {"recurrence": {"RRULE": "FREQ=DAILY"}},
    )
]
POISONS += [f'{{"id": "absurd", "start": {number}}}' for number in ("9" * 5000, "1e400", "NaN")]
POISONS += ["null", "5", '"event"', "[]", "{}", "1e400", '{"id": "\\u0000"}']
ABSURD_HEADERS = [
    {"X-Goog-Message-Number": "9" * 5000},
    {"X-Goog-Message-Number": "-1"},
    {"X-Goog-Channel-Expiration": "+999999999999999999"},
    {"X-Goog-Channel-Expiration": "Sun Nov  6 08:49:37 1994"},
    {"X-Goog-Resource-ID": "x" * 5000},
    {"X-Goog-Resource-State": "\x00"},
    {"X-Goog-Channel-ID": "urn:uuid:" + "9" * 32},
]
MOST_CALLS = 30  # of a sync of one collection: four tries of each of few pages
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"]
RULES = [
    ["RRULE:FREQ=DAILY;COUNT=9"],
    ["RRULE:FREQ=WEEKLY"],
    ["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2"],
    ["RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=6"],
    ["RRULE:FREQ=MONTHLY;BYMONTHDAY=31"],
    ["RRULE:FREQ=YEARLY"],
    ["RDATE;VALUE=DATE:20261224,20270106"],
    ["RRULE:FREQ=DAILY;COUNT=12", "RRULE:FREQ=WEEKLY;COUNT=4"],
]
days = st.integers(-40, 60).map(lambda offset: (TODAY + timedelta(days=offset)).date())
picks = st.integers(0, 10_000)


@st.composite
def times(draw: st.DrawFn) -> Json:
    """Start and end, of dates or of times in some zone; what the other kind has is taken away."""
    first_on = draw(days)
    if draw(st.booleans()):
        return {
            "start": _date(first_on),
            "end": _date(first_on + timedelta(days=draw(st.integers(1, 40)))),
        }
    start = datetime.combine(first_on, datetime.min.time()) + timedelta(
        minutes=15 * draw(st.integers(0, 95))
    )
    end = start + timedelta(minutes=draw(st.integers(0, 2000)))
    zone = draw(st.sampled_from(ZONES))
    return {"start": _time(start, zone), "end": _time(end, zone)}


def _date(on: date) -> Json:
    return {"date": on.isoformat(), "dateTime": None, "timeZone": None}


def _time(at: datetime, zone: str) -> Json:
    return {"dateTime": at.isoformat(), "timeZone": zone, "date": None}


class Sync(RuleBasedStateMachine):
    """Google's side is edited through the sandbox's own door; ours only ever syncs."""

    def __init__(self, google: Control, alice: User, connect: Connect, webhook: Webhook) -> None:
        super().__init__()
        self.google, self.alice, self.connect = google, alice, connect
        self.webhook = webhook

    @initialize()
    def begin(self) -> None:
        Connection.objects.all().delete()
        cache.clear()
        self.google.reset()
        self.google.register_client(CLIENT_ID, CLIENT_SECRET)
        self.google.create_account(ADA, time_zone=HOME.key)
        self.connection = self.connect(self.alice)
        self.sync()
        open_channels()

    @rule(body=times(), pick=picks)
    def add_event(self, body: Json, pick: int) -> None:
        self.google.add_event(ADA, {"summary": f"Event {pick}", **body})

    @rule(body=times(), lines=st.sampled_from(RULES), pick=picks)
    def add_series(self, body: Json, lines: list[str], pick: int) -> None:
        self.google.add_event(ADA, {"summary": f"Series {pick}", "recurrence": lines, **body})

    @precondition(lambda self: self.events())
    @rule(pick=picks, words=st.text(st.characters(codec="utf-8"), max_size=5))
    def rename(self, pick: int, words: str) -> None:
        self.google.patch_event(ADA, self.choose(pick)["id"], {"summary": words})

    @precondition(lambda self: self.events())
    @rule(pick=picks, body=times())
    def move(self, pick: int, body: Json) -> None:
        """Masters, exceptions and single events; a date becomes a time, and back."""
        self.google.patch_event(ADA, self.choose(pick)["id"], body)

    @precondition(lambda self: self.events())
    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        self.google.delete_event(ADA, self.choose(pick)["id"])

    @precondition(lambda self: self.masters_and_singles())
    @rule(pick=picks, lines=st.none() | st.sampled_from(RULES))
    def repeat_otherwise(self, pick: int, lines: list[str] | None) -> None:
        """A series gets another rule or becomes a single event; a single event a series."""
        chosen = self.masters_and_singles()
        self.google.patch_event(ADA, chosen[pick % len(chosen)]["id"], {"recurrence": lines})

    @precondition(lambda self: self.instances())
    @rule(pick=picks, body=st.none() | times())
    def change_instance(self, pick: int, body: Json | None) -> None:
        changes = {"summary": "Special"} if body is None else body
        self.google.patch_event(ADA, self.choose_instance(pick)["id"], changes)

    @precondition(lambda self: self.instances())
    @rule(pick=picks)
    def cancel_instance(self, pick: int) -> None:
        self.google.delete_event(ADA, self.choose_instance(pick)["id"])

    @precondition(lambda self: self.instances())
    @rule(pick=picks, lines=st.sampled_from(RULES))
    def split(self, pick: int, lines: list[str]) -> None:
        """ "This and following": the old series ends before an instance, another one begins."""
        instance = self.choose_instance(pick)
        series = instance["recurringEventId"]
        until = f"UNTIL={_ends_before(instance['originalStartTime'])}"
        self.google.patch_event(ADA, series, {"recurrence": [f"RRULE:FREQ=DAILY;{until}"]})
        times = {name: instance[name] for name in ("start", "end")}
        self.google.add_event(ADA, {"summary": "Following", "recurrence": lines, **times})

    @rule(fault=st.sampled_from(FAULTS), first=st.integers(1, 3), count=st.integers(1, 5))
    def order_fault(self, fault: tuple[str, Json], first: int, count: int) -> None:
        name, parameters = fault
        last = first + count - 1
        self.google.order_fault(name, "events.list", first=first, last=last, **parameters)

    @rule(fault=st.sampled_from(LIST_FAULTS), count=st.integers(1, 5))
    def order_fault_of_the_list(self, fault: tuple[str, Json], count: int) -> None:
        self.google.order_fault(fault[0], "calendarList.list", last=count, **fault[1])

    @rule(poison=st.sampled_from(POISONS), count=st.integers(1, 3))
    def poison_lists(self, poison: str, count: int) -> None:
        """Not of the truth: an item that nobody can keep, between those that everybody can."""
        self.google.order_fault("malformed_item", "events.list", last=count, json=poison)

    @rule()
    def let_pages_name_themselves(self) -> None:
        self.google.order_fault("empty_page", "events.list", last=40)

    @rule(fault=st.sampled_from(TOKEN_FAULTS), count=st.integers(1, 3))
    def order_token_fault(self, fault: tuple[str, Json], count: int) -> None:
        self.google.order_fault(fault[0], "token.refresh", last=count, **fault[1])

    @rule(fault=st.sampled_from(WATCH_FAULTS))
    def replace_channels(self, fault: tuple[str, Json] | None) -> None:
        if fault is not None:
            self.google.order_fault(fault[0], "*.watch", **fault[1])
        Channel.objects.update(due_at=timezone.now())
        self.google.clear_requests()
        keep_channels()
        keep_channels()
        assert self.google.counts().get("events.watch", 0) <= 2

    @rule(seconds=st.sampled_from([0, 1, 5, None]))
    def shorten_tokens(self, seconds: float | None) -> None:
        self.google.set_token_life(seconds)
        self.google.expire_access_tokens(ADA)

    @rule()
    def let_a_refresher_die(self) -> None:
        """It holds the lease, and nobody will ever give it back."""
        now = timezone.now()
        Credential.objects.update(
            access_expires_at=now, lease_token=uuid.uuid4(), lease_until=now + timedelta(minutes=1)
        )

    @rule()
    def let_the_refreshers_lease_lapse(self) -> None:
        Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    @rule(calls=st.integers(0, 3))
    def set_quota(self, calls: int) -> None:
        self.google.set_quota(per_user=calls)

    @rule()
    def lift_quota(self) -> None:
        self.google.set_quota()
        cache.clear()

    # No precondition may ask what depends on time, as what has come by now does: Hypothesis replays
    # a beginning, and finds other rules to choose from.
    @rule(changes=st.sampled_from(ABSURD_HEADERS))
    def hear_nonsense(self, changes: dict[str, str]) -> None:
        if not self.webhook.received:
            return
        headers = self.webhook.received[0]
        genuine = {name: text for name, text in headers.items() if name.startswith("X-Goog-")}
        assert hand_over({**genuine, **changes}).status_code in (204, 404)
        assert hand_over({**genuine, **changes, "X-Goog-Channel-Token": "guess"}).status_code == 404

    @rule(keep_data=st.booleans())
    def disconnect_during_a_pull(self, keep_data: bool) -> None:
        """Between two of its transactions; then the account is connected again."""
        if Connection.objects.get().status != Connection.Status.ACTIVE:
            return
        request_sync(owner=self.alice, connection_id=self.connection.pk)
        is_there = True

        def end(_run: SyncRun) -> None:
            nonlocal is_there
            if is_there:
                disconnect(owner=self.alice, connection_id=self.connection.pk, keep_data=keep_data)
            is_there = False

        state = self.collection().first()
        if state is not None:
            sync_collection(state.pk, progress=end)
        if is_there:
            return
        assert Connection.objects.exists() == keep_data
        assert keep_data or not Event.objects.exists()
        self.google.clear_faults()
        self.google.set_quota()
        cache.clear()
        self.connection = self.connect(self.alice)
        self.sync()

    @rule()
    def expire_access_tokens(self) -> None:
        self.google.expire_access_tokens(ADA)

    @rule()
    def invalidate_sync_tokens(self) -> None:
        self.google.invalidate_sync_tokens(ADA)

    @rule()
    def lose_announcements(self) -> None:
        self.google.drop_pushes()

    @rule()
    def announce_again(self) -> None:
        self.google.resume_pushes()

    @rule(times=st.integers(1, 3))
    def hear_announcements(self, times: int) -> None:
        """What has come by now, in its order, and perhaps more than once."""
        came = list(self.webhook.received)
        del self.webhook.received[: len(came)]
        for headers in came * times:
            hand_over({name: text for name, text in headers.items() if name.startswith("X-Goog-")})
        self.run_due()

    @rule()
    def let_a_worker_die(self) -> None:
        """It claims the calendar and is gone; its lease lapses."""
        past = timezone.now() - timedelta(seconds=1)
        self.collection().update(due_at=past)
        if claim(self.collection().get().pk):
            self.collection().update(lease_until=past)

    @rule()
    def sync(self) -> None:
        """The sweep, or a person who asks; what was not announced is caught too."""
        if Connection.objects.get().status == Connection.Status.ACTIVE:
            request_sync(owner=self.alice, connection_id=self.connection.pk)
        self.run_due()
        self.check_what_is_shown()

    def run_due(self) -> None:
        """Until nothing is due: the list of calendars may bring others."""
        for _round in range(5):
            due = list(SyncState.objects.due(timezone.now()).values_list("pk", flat=True))
            self.google.clear_requests()
            for state_id in due:
                sync_collection(state_id)
            calls = self.google.counts()
            assert sum(calls.values()) <= MOST_CALLS * len(due), calls

    def check_what_is_shown(self) -> None:
        """A status without an error, of what was just asked for, says that all is here."""
        (seen,) = connection_summaries(owner=self.alice)
        collection = self.collection().first()
        if (seen.status, seen.error_code) == ("active", "") and collection is not None:
            assert collection.wanted == collection.done
            assert self.our_events() == self.their_events()
        for state in SyncState.objects.exclude(error_code=""):
            assert state.error_message
            assert state.parked or state.due_at > timezone.now()

    def teardown(self) -> None:
        if not Connection.objects.exists():
            return
        self.google.clear_faults()
        self.google.set_quota()
        self.google.set_token_life(None)
        cache.clear()  # the slower pace that Google asked for is over
        Credential.objects.update(lease_until=None)
        if Connection.objects.get().status != Connection.Status.ACTIVE:
            self.connection = self.connect(self.alice)
        self.sync()
        SyncState.objects.update(due_at=timezone.now())
        self.run_due()
        assert self.our_events() == self.their_events()
        assert self.our_instances() == self.their_instances()
        assert not self.our_events() & set(self.set_aside())
        (seen,) = connection_summaries(owner=self.alice)
        assert (seen.status, seen.error_code, seen.progress.state) == ("active", "", "idle")

    def collection(self) -> QuerySet[SyncState]:
        return SyncState.objects.filter(calendar__remote_id=ADA)

    def events(self) -> list[Json]:
        return list(self.google.truth(ADA)["events"])

    def masters_and_singles(self) -> list[Json]:
        return [event for event in self.events() if "recurringEventId" not in event]

    def instances(self) -> list[Json]:
        found = self.google.instances(ADA, *WINDOW)
        return [event for event in found if "recurringEventId" in event]

    def choose(self, pick: int) -> Json:
        return self.events()[pick % len(self.events())]

    def choose_instance(self, pick: int) -> Json:
        return self.instances()[pick % len(self.instances())]

    def set_aside(self) -> list[tuple[str, str]]:
        aside = QuarantinedEvent.objects.filter(calendar__remote_id=ADA)
        assert "" not in aside.values_list("reason", flat=True)
        return [(remote_id, "") for remote_id in aside.values_list("remote_id", flat=True)]

    def our_events(self) -> set[tuple[str, str]]:
        ours = Event.objects.filter(calendar__remote_id=ADA).exclude(status="cancelled")
        return set(ours.values_list("remote_id", "etag"))

    def their_events(self) -> set[tuple[str, str]]:
        return {(event["id"], event["etag"]) for event in self.events()}

    def our_instances(self) -> list[tuple[str, ...]]:
        start_at, end_at = WINDOW
        found = occurrences_between(owner_id=self.alice.pk, start_at=start_at, end_at=end_at)
        return sorted(
            (
                entry.summary,
                _spelt(entry.start_at, entry.all_day),
                _spelt(entry.end_at, entry.all_day),
            )
            for entry in found
        )

    def their_instances(self) -> list[tuple[str, ...]]:
        found = self.google.instances(ADA, *WINDOW)
        return sorted(
            (_storable(event.get("summary", "")), _moment(event["start"]), _moment(event["end"]))
            for event in found
        )


def _storable(text: str) -> str:
    """PostgreSQL has no NUL in a text, so the sync leaves it out."""
    return text.replace("\x00", "")


def _ends_before(original: Json) -> str:
    if "date" in original:
        return f"{date.fromisoformat(original['date']) - timedelta(days=1):%Y%m%d}"
    start = datetime.fromisoformat(original["dateTime"]).astimezone(UTC)
    return f"{start - timedelta(seconds=1):%Y%m%dT%H%M%SZ}"


def _spelt(at: datetime, all_day: bool) -> str:
    return at.date().isoformat() if all_day else at.astimezone(UTC).isoformat()


def _moment(time: Json) -> str:
    if "date" in time:
        return str(time["date"])
    return datetime.fromisoformat(time["dateTime"]).astimezone(UTC).isoformat()


@pytest.mark.timeout(0 if {"SYNC_EXAMPLES", "SYNC_SECONDS"} & set(os.environ) else 300)
def test_both_sides_are_equal_at_the_end(
    google: Control,
    alice: User,
    connect: Connect,
    webhook: Webhook,
    quick_calls: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quota, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(credentials, "WAIT_FOR_WINNER_SECONDS", 0.05)
    seconds = float(os.environ.get("SYNC_SECONDS", "0"))
    until = time.monotonic() + seconds
    examples = int(os.environ.get("SYNC_EXAMPLES", "12"))
    machine = partial(Sync, google, alice, connect, webhook)
    while True:
        run_machine(machine, examples)
        if time.monotonic() >= until:
            return


def run_machine(machine: partial[Sync], examples: int) -> None:
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]  # any callable will do
        settings=settings(
            max_examples=examples,
            database=None,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
