"""`/`: a page that shows the sandbox's calendars and edits them, in place of Google's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.account import Account, ListEntry
from sandbox.calendar import Calendar
from sandbox.editing import delete_event, insert_event, patch_event
from sandbox.errors import GoogleError
from sandbox.event import Event
from sandbox.expansion import Expansion, touches
from sandbox.html import page
from sandbox.times import read_when
from sandbox.wire import Json
from sandbox.world import World

Edit = Callable[[Calendar, Json], str]

_SHOWN = 8
_AHEAD = timedelta(days=30)


class Desk:
    """The page of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, app: web.Application) -> None:
        """Register the routes of the page and its forms."""
        app.router.add_get("/", self._index)
        app.router.add_post("/desk/add", self._edit(_add))
        app.router.add_post("/desk/rename", self._edit(_rename))
        app.router.add_post("/desk/delete", self._edit(_delete))

    async def _index(self, request: web.Request) -> web.Response:
        accounts = self._world.accounts.values()
        content = "\n".join(_account(account, request.query) for account in accounts)
        content = content or "<p>There are no accounts yet.</p>"
        notice = request.query.get("notice")
        said = f'<p class="notice" role="status">{escape(notice)}</p>' if notice else ""
        return _html(page("Calendars", f"<h1>Calendars in this sandbox</h1>{said}{content}"))

    def _edit(self, edit: Edit) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            form = {name: str(value) for name, value in (await request.post()).items()}
            calendar = self._world.calendars.get(form.get("calendar", ""))
            if calendar is None:
                return _back(form, "This calendar no longer exists.")
            try:
                notice = edit(calendar, form)
            except GoogleError as error:
                return _back(form, error.message)
            self._world.events_changed(calendar)
            return _back(form, notice)

        return handle


def _add(calendar: Calendar, form: Json) -> str:
    times = {
        name: {"dateTime": _clock(form.get(name, "")), "timeZone": calendar.time_zone}
        for name in ("start", "end")
    }
    insert_event(calendar, {"summary": form.get("summary") or "(No title)", **times})
    return f"Added to {calendar.summary}."


def _clock(text: str) -> str:
    """Return a `datetime-local` value with seconds, which browsers may omit."""
    return f"{text}:00" if text.count(":") == 1 else text


def _rename(calendar: Calendar, form: Json) -> str:
    patch_event(calendar, form.get("event", ""), {"summary": form.get("summary", "")})
    return f"Renamed in {calendar.summary}."


def _delete(calendar: Calendar, form: Json) -> str:
    delete_event(calendar, form.get("event", ""))
    return f"Deleted from {calendar.summary}."


def _back(form: Json, notice: str) -> web.Response:
    opened = quote(form.get("calendar", ""), safe="")
    location = f"/?open={opened}&notice={quote(notice)}"
    return web.Response(status=303, headers={"Location": location})


def _html(content: str) -> web.Response:
    return web.Response(
        text=content,
        content_type="text/html",
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'"
        },
    )


def _account(account: Account, query: Mapping[str, str]) -> str:
    entries = [entry for entry in account.entries if not entry.deleted]
    opened = query.get("open")
    calendars = "\n".join(
        _calendar(entry, is_open=entry.calendar.id == opened or (not opened and entry.primary))
        for entry in entries
    )
    return (
        f"<section><h2>{escape(account.name)}<small>{escape(account.email)} · "
        f"{escape(account.time_zone)}</small></h2>{calendars}</section>"
    )


def _calendar(entry: ListEntry, *, is_open: bool) -> str:
    calendar = entry.calendar
    editable = entry.may("writer")
    items = "\n".join(_event(calendar, event, editable) for event in _upcoming(calendar))
    items = items or "<li>Nothing in the next thirty days.</li>"
    note = "" if editable else " · read only"
    return f"""<details class="calendar"{" open" if is_open else ""}>
<summary>{escape(calendar.summary)}<small> · {escape(calendar.time_zone)}{note}</small></summary>
<div>{_adding(calendar) if editable else ""}<ul class="events">{items}</ul></div>
</details>"""


def _upcoming(calendar: Calendar) -> list[Event]:
    low = datetime.now(UTC)
    found = [event for event in calendar.events if event.begin > float("-inf")]
    seen = [one for event in found for one in _shown(calendar, event, low, low + _AHEAD)]
    return sorted(seen, key=lambda event: (event.begin, event.id))[:_SHOWN]


def _shown(calendar: Calendar, event: Event, low: datetime, high: datetime) -> list[Event]:
    if event.cancelled or event.master:
        return []
    if event.recurring:
        return Expansion(calendar, event).instances(low, high)
    return [event] if touches(calendar, event, low, high) else []


def _event(calendar: Calendar, event: Event, editable: bool) -> str:
    body = event.body()
    summary = escape(body.get("summary", "(No title)"))
    when = f"<time>{escape(_when(calendar, body))}</time>"
    if not editable:
        return f"<li>{when}{summary}</li>"
    hidden = (
        f'<input type="hidden" name="calendar" value="{escape(calendar.id)}">'
        f'<input type="hidden" name="event" value="{escape(event.id)}">'
    )
    return f"""<li>{when}<form class="row" method="post" action="/desk/rename">{hidden}
<label><input type="text" name="summary" value="{summary}" aria-label="Title" required></label>
<button class="quiet" aria-label="Rename {summary}">Rename</button>
<button class="danger" aria-label="Delete {summary}" formaction="/desk/delete" formnovalidate>\
Delete</button></form></li>"""


def _when(calendar: Calendar, body: Json) -> str:
    start, end = (read_when(body[name], calendar.zone) for name in ("start", "end"))
    if isinstance(start, datetime) and isinstance(end, datetime):
        start, end = start.astimezone(calendar.zone), end.astimezone(calendar.zone)
        return f"{start:%a %d %b %Y, %H:%M} \N{EN DASH} {end:%H:%M}"
    last = end - timedelta(days=1)
    return f"{start:%a %d %b %Y}" + (f" \N{EN DASH} {last:%a %d %b %Y}" if last > start else "")


def _adding(calendar: Calendar) -> str:
    start = datetime.now(calendar.zone).replace(minute=0) + timedelta(hours=1)
    end = start + timedelta(hours=1)
    return f"""<form class="row" method="post" action="/desk/add">
<input type="hidden" name="calendar" value="{escape(calendar.id)}">
<label><span>New event</span><input type="text" name="summary" required></label>
<label><span>From</span>
<input type="datetime-local" name="start" value="{start:%Y-%m-%dT%H:%M}" required></label>
<label><span>To</span>
<input type="datetime-local" name="end" value="{end:%Y-%m-%dT%H:%M}" required></label>
<button>Add</button></form>"""
