"""One service writes an event, whichever door it comes through: row, history, occurrences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from calendars.events.editing import change_event, create_event, delete_event
from calendars.events.history import Author
from calendars.events.merging import GROUPS, merge
from calendars.events.undo import undo_act
from calendars.models import Calendar, Event, EventChange, Occurrence, PendingChange
from calendars.sharing.importing import import_ics
from config.web.problems import DomainError, Kind

Door = EventChange.Door
AT = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261101T000000Z
DTSTART:20261201T120000Z
DTEND:20261201T130000Z
SUMMARY:{summary}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Own")


@pytest.fixture
def author(alice: User) -> Author:
    return Author(Door.API, actor_id=alice.pk)


@pytest.fixture
def event(calendar: Calendar, author: Author) -> Event:
    return create_event(
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        values={"summary": "Lunch", "start_at": AT, "end_at": AT + HOUR},
        author=author,
    )


def change(event: Event, author: Author, **changes: Any) -> Event:
    return change_event(
        owner_id=event.owner_id,
        event_id=event.pk,
        base=event.change_set,
        changes=changes,
        author=author,
    )


def test_a_change_is_written_whole(event: Event, author: Author) -> None:
    changed = change(
        event, author, summary="Daily", recurrence=["RRULE:FREQ=DAILY;COUNT=3"], location="Bistro"
    )

    assert (changed.summary, changed.location) == ("Daily", "Bistro")
    assert Occurrence.objects.filter(event=event).count() == 3
    created, updated = EventChange.objects.order_by("pk")
    assert (created.kind, created.before) == ("created", None)
    assert (updated.kind, updated.summary) == ("updated", "Lunch")
    assert {(each.door, each.actor_id, each.run_id) for each in (created, updated)} == {
        ("api", event.owner_id, None)
    }
    assert not PendingChange.objects.exists(), "a local calendar has no other side"


def test_a_change_that_changes_nothing_leaves_no_history(event: Event, author: Author) -> None:
    assert change(event, author, summary="Lunch").change_set == event.change_set
    assert EventChange.objects.count() == 1


def test_each_kind_of_change_is_undone_and_the_undo_too(event: Event, alice: User) -> None:
    renamed = Author(Door.PAGE, actor_id=alice.pk)
    change(event, renamed, summary="Renamed", end_at=AT + 2 * HOUR)
    undo = Author(Door.UNDO, actor_id=alice.pk)
    assert undo_act(owner_id=alice.pk, act=renamed.act, author=undo).updated == 1
    restored = Event.objects.get()
    assert (restored.summary, restored.end_at) == ("Lunch", AT + HOUR)
    assert Occurrence.objects.get().end_at == AT + HOUR

    again = Author(Door.UNDO, actor_id=alice.pk)
    assert undo_act(owner_id=alice.pk, act=undo.act, author=again).updated == 1
    assert Event.objects.get().summary == "Renamed"

    gone = Author(Door.CALDAV, actor_id=alice.pk)
    delete_event(
        owner_id=alice.pk, event_id=event.pk, base=Event.objects.get().change_set, author=gone
    )
    back = Author(Door.UNDO, actor_id=alice.pk)
    assert undo_act(owner_id=alice.pk, act=gone.act, author=back).created == 1
    assert Event.objects.get(pk=event.pk).summary == "Renamed"
    assert Occurrence.objects.count() == 1
    assert undo_act(owner_id=alice.pk, act=back.act, author=Author(Door.UNDO)).deleted == 1
    assert not Event.objects.exists()


def test_an_undo_leaves_what_was_changed_again(event: Event, author: Author, alice: User) -> None:
    first = Author(Door.PAGE, actor_id=alice.pk)
    second = change(event, first, summary="Second")
    change(second, author, summary="Third")

    undone = undo_act(owner_id=alice.pk, act=first.act, author=Author(Door.UNDO))

    assert (undone.updated, undone.left) == (0, 1)
    assert Event.objects.get().summary == "Third"


def test_an_import_is_undone(alice: User) -> None:
    first = FILE.format(uid="one", summary="Kept").encode()
    import_ics(owner=alice, name="Own", content=first)
    both = FILE.format(uid="one", summary="Spoilt") + FILE.format(uid="two", summary="Junk")
    done = import_ics(owner=alice, name="Own", content=both.encode())
    assert (done.created, done.updated) == (1, 1)
    assert EventChange.objects.filter(act=done.act, door="import").count() == 2

    undone = undo_act(owner_id=alice.pk, act=done.act, author=Author(Door.UNDO))

    assert (undone.updated, undone.deleted) == (1, 1)
    assert list(Event.objects.values_list("summary", flat=True)) == ["Kept"]


def test_the_same_file_again_leaves_no_history(alice: User) -> None:
    content = FILE.format(uid="one", summary="Kept").encode()
    import_ics(owner=alice, name="Own", content=content)
    again = import_ics(owner=alice, name="Own", content=content)
    assert (again.created, again.updated) == (0, 0)
    assert EventChange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_from_an_old_version(event: Event, author: Author) -> None:
    change(event, author, summary="Second")

    with pytest.raises(DomainError) as refused:
        change(event, author, summary="Third")

    assert (refused.value.kind, refused.value.code) == (Kind.PRECONDITION, "stale-version")
    assert Event.objects.get().summary == "Second"


@pytest.mark.django_db(transaction=True)
def test_a_row_that_returns_is_a_new_version(event: Event, author: Author, alice: User) -> None:
    """Its old change set is a number that clients have passed."""
    gone = Author(Door.PAGE, actor_id=alice.pk)
    delete_event(owner_id=alice.pk, event_id=event.pk, base=event.change_set, author=gone)

    undo_act(owner_id=alice.pk, act=gone.act, author=Author(Door.UNDO))

    assert Event.objects.get().change_set > event.change_set


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"end_at": AT - HOUR}, Kind.INVALID, "invalid"),
        ({"recurrence": ["RRULE:FREQ=NEVER"]}, Kind.INVALID, "invalid"),
        ({"owner_id": 1}, Kind.INVALID, "invalid"),
    ],
)
def test_what_is_not_valid_changes_nothing(
    event: Event, author: Author, changes: dict[str, Any], kind: Kind, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        change(event, author, **changes)
    assert (refused.value.kind, refused.value.code) == (kind, code)
    assert Event.objects.get().change_set == event.change_set
    assert EventChange.objects.count() == 1


def test_others_and_read_only_calendars_are_refused(
    event: Event, author: Author, charlie: User
) -> None:
    for act in (change_event, delete_event):
        given: dict[str, Any] = {"changes": {}} if act is change_event else {}
        with pytest.raises(DomainError) as refused:
            act(
                owner_id=charlie.pk,
                event_id=event.pk,
                base=event.change_set,
                author=author,
                **given,
            )
        assert refused.value.kind == Kind.NOT_FOUND
    Calendar.objects.update(read_only=True)
    with pytest.raises(DomainError) as refused:
        change(event, author, summary="Mine")
    assert refused.value.code == "calendar-read-only"
    with pytest.raises(DomainError):
        undo_act(owner_id=charlie.pk, act=author.act, author=author)
    assert Event.objects.get().summary == "Lunch"


values = st.sampled_from(["a", "b", "c"])
# Guests are merged one by one: test_guest_lists.py.
WHOLE = [group for group in GROUPS if group != ("attendees",)]
names = [name for group in WHOLE for name in group]
versions = st.fixed_dictionaries(dict.fromkeys(names, values))


@given(base=versions, changed=versions, theirs=versions, groups=st.sets(st.sampled_from(WHOLE)))
def test_a_merge_loses_neither_side(
    base: dict[str, str],
    changed: dict[str, str],
    theirs: dict[str, str],
    groups: set[tuple[str, ...]],
) -> None:
    mine = {name: changed[name] for group in groups for name in group}

    merged = merge(base=base, mine=mine, theirs=theirs)

    for group in WHOLE:
        shown = [merged.values[name] for name in group]
        ours = [mine.get(name) for name in group]
        remote = [theirs[name] for name in group]
        assert shown == (ours if group in groups else remote)
        both = group in groups and remote != [base[name] for name in group] and ours != remote
        assert bool(set(group) & set(merged.collisions)) == both
        assert (set(group) <= set(merged.mine)) == (group in groups and ours != remote)
