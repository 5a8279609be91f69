"""`calendarList`: the calendar list of an account."""

from __future__ import annotations

from sandbox.account import PALETTE, Account, ListEntry
from sandbox.errors import GoogleError
from sandbox.events_query import query_shape
from sandbox.listing import Listing
from sandbox.parameters import read_flag, read_json, read_size
from sandbox.sync_tokens import read_token, write_token
from sandbox.wire import Answer, Call, Json
from sandbox.world import World

_DEFAULT_SIZE = 100
_LARGEST_SIZE = 250
_SETTINGS = (
    "backgroundColor",
    "foregroundColor",
    "colorId",
    "selected",
    "hidden",
    "summaryOverride",
    "defaultReminders",
    "notificationSettings",
)


def list_calendars(world: World, call: Call) -> Answer:
    """Return a page of the list."""
    account, shape = world.account_of(call), query_shape(call)
    if "pageToken" in call.query:
        listing, offset = account.shelf.open(call.query["pageToken"], shape)
    else:
        listing, offset = _listing(account, call, shape), 0
    size = read_size(call, default=_DEFAULT_SIZE, cap=_LARGEST_SIZE)
    head = {"kind": "calendar#calendarList", "etag": f'"p{account.entries.version}"'}
    if (call.distortion or {}).get("fault") == "empty_page":
        account.shelf.leave_open(listing)
        return Answer.json({**head, "nextPageToken": listing.page_token(offset), "items": []})
    if offset + size < len(listing.items):
        account.shelf.leave_open(listing)
    return listing.page(head, offset, size, call.query.get("fields"))


def _listing(account: Account, call: Call, shape: Json) -> Listing:
    token = write_token(f"calendarList:{account.email}", account.entries, {})
    items = [entry.encoded() for entry in _entries(account, call)]
    return Listing(shape, items, token)


def _entries(account: Account, call: Call) -> list[ListEntry]:
    if "syncToken" in call.query:
        return _changed(account, call)
    show_deleted, show_hidden = read_flag(call, "showDeleted"), read_flag(call, "showHidden")
    role = call.query.get("minAccessRole", "freeBusyReader")
    return [
        entry
        for entry in account.entries
        if (show_hidden or not entry.hidden or entry.deleted)
        and ((entry.deleted and show_deleted) or entry.may(role))
    ]


def _changed(account: Account, call: Call) -> list[ListEntry]:
    if "minAccessRole" in call.query:
        raise GoogleError(
            "invalid",
            "Sync token cannot be used together with minAccessRole.",
            location="minAccessRole",
        )
    resource = f"calendarList:{account.email}"
    version, _ = read_token(call.query["syncToken"], resource, account.entries)
    return account.entries.since(version)


def get_entry(world: World, call: Call) -> Answer:
    """Return one entry."""
    return Answer.json(_own(world, call)[1].resource())


def insert(world: World, call: Call) -> Answer:
    """Add an existing calendar to the list."""
    account, body = world.account_of(call), read_json(call)
    calendar = world.calendars.get(account.resolve(str(body.get("id"))))
    role = calendar and (calendar.roles.get(account.email) or ("reader" if calendar.public else ""))
    if calendar is None or not role:
        raise GoogleError("notFound")
    known = account.entry(calendar.id)
    entry = known or account.subscribe(calendar, role, _settings({}, body))
    world.list_changed(account)
    return Answer.json(entry.resource())


def patch(world: World, call: Call) -> Answer:
    """Change some settings of an entry."""
    account, entry = _own(world, call)
    return _adjusted(world, account, entry, _settings(entry.settings, read_json(call)))


def update(world: World, call: Call) -> Answer:
    """Replace the settings of an entry."""
    account, entry = _own(world, call)
    kept = {"colorId": entry.settings["colorId"]}
    return _adjusted(world, account, entry, _settings(kept, read_json(call)))


def delete(world: World, call: Call) -> Answer:
    """Remove a calendar from the list; its events stay."""
    account, entry = _own(world, call)
    if entry.primary:
        raise GoogleError("cannotUnsubscribeOwnedCalendar")
    account.unsubscribe(entry)
    world.list_changed(account)
    return Answer.empty()


def _own(world: World, call: Call) -> tuple[Account, ListEntry]:
    account = world.account_of(call)
    entry = account.entry(call.arguments["calendarId"])
    if entry is None:
        raise GoogleError("notFound")
    return account, entry


def _adjusted(world: World, account: Account, entry: ListEntry, settings: Json) -> Answer:
    adjusted = account.adjust(entry, settings)
    world.list_changed(account)
    return Answer.json(adjusted.resource())


def _settings(known: Json, body: Json) -> Json:
    changes = {name: value for name, value in body.items() if name in _SETTINGS}
    if "colorId" in changes and changes["colorId"] not in PALETTE:
        raise GoogleError("invalid", location="colorId")
    return {name: value for name, value in {**known, **changes}.items() if value is not None}
