"""The frame around every view of the calendar: the sidebar and the toolbar."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.models import User
from accounts.reading import current_conventions
from accounts.security_context import repeatable
from calendars.connections.overview import ConnectionSummary, connection_summaries
from calendars.models import Calendar, Connection
from calendars.pages.first_run import needs_first_run
from calendars.pages.following import follow_others, followed, version_of
from calendars.sharing.shares import select_shared
from calendars.timeline.mini_month import mini_month
from calendars.timeline.occurrences import TimelineEntry
from calendars.timeline.selection import select_calendars
from calendars.timeline.shared import sharer_ids, sharers
from calendars.timeline.stored import calendars_read_once, hued_calendars
from profiles.preferences import reader_of, remember_view
from profiles.views import return_address

P = ParamSpec("P")
Page = Callable[Concatenate[PersonRequest, P], HttpResponse]
LIVE = "live"  # the id of the section that htmx swaps
LATE = timedelta(minutes=15)
AT_WORK = ("queued", "running")
# The name of each view, which is also its URL's, with its label and its key.
VIEWS = (
    ("day", gettext_lazy("Day"), "d"),
    ("week", gettext_lazy("Week"), "w"),
    ("weeks", gettext_lazy("Weeks"), "x"),
    ("month", gettext_lazy("Month"), "m"),
    ("agenda", gettext_lazy("Agenda"), "a"),
)


class View(Protocol):
    """What the toolbar needs of a view."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def on(self) -> date: ...
    @property
    def start_on(self) -> date: ...
    @property
    def end_on(self) -> date: ...
    @property
    def previous_on(self) -> date: ...
    @property
    def next_on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Account:
    """A group of calendars in the sidebar. `health` is "", "late" or "broken"."""

    name: str
    calendars: list[Calendar] = field(default_factory=list)
    health: str = ""
    health_words: str = ""


def calendar_page(page: Page[P]) -> Callable[..., Any]:
    """Decorate the page of a view: for its owner alone, read-only, and updated while it is open."""

    @never_cache
    @login_required
    @require_safe
    @followed
    @functools.wraps(page)
    def decorated(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with calendars_read_once():
            follow_others(request, sharer_ids(request.user.pk))
            return page(request, *args, **kwargs)

    return decorated


def show(
    request: PersonRequest,
    *,
    view: View,
    grid: str,
    entries: Iterable[TimelineEntry] = (),
    **context: Any,
) -> HttpResponse:
    """Render the page of a view, or for htmx only the section that changes.

    `grid` is the template of the view itself; `entries` are used to name what comes next.
    """
    person, today = request.user, today_of(request.user)
    is_turn = request.headers.get("HX-Target") == LIVE
    if not is_turn:
        remember_view(owner=person, view=view.name)
    context |= {
        "view": view,
        "grid": grid,
        "views": VIEWS,
        "reader": reader_of(person),
        "locale": str(current_conventions().locale).replace("_", "-"),
        "today": today,
        "next_up": next_up(entries),
        "version": version_of(request),
        "mini": mini_month(
            on=view.on,
            view=view.name,
            reader=reader_of(person),
            today=today,
            shown=(view.start_on, view.end_on),
        ),
        **_sidebar(person),
    }
    name = "calendars/_frame.html" if is_turn else "calendars/frame.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _sidebar(person: User) -> dict[str, Any]:
    """Return the accounts with their calendars, and how far their syncs are."""
    calendars = hued_calendars(person.pk)
    summaries = connection_summaries(owner=person, calendars=calendars)
    filling = [one for one in summaries if one.is_filling]
    return {
        "connections": summaries,
        "calendars": calendars,
        "accounts": accounts_of(summaries, calendars),
        "sharers": sharers(person.pk),
        "filling": filling,
        "events_so_far": sum(one.first_fetched for one in filling),
        "at_work": any(one.progress.state in AT_WORK for one in summaries),
    }


def today_of(person: User) -> date:
    return timezone.now().astimezone(reader_of(person).zone).date()


def next_up(entries: Iterable[TimelineEntry]) -> TimelineEntry | None:
    """Return the timed entry that starts next, within a day."""
    now = timezone.now()
    ahead = [
        one for one in entries if not one.all_day and now <= one.start_at < now + timedelta(days=1)
    ]
    return min(ahead, key=lambda one: one.start_at, default=None)


def accounts_of(
    summaries: Iterable[ConnectionSummary], calendars: Iterable[Calendar]
) -> list[Account]:
    """Group the calendars by account; those without one come first."""
    accounts = {None: Account(_("On this Daybook"))}
    for summary in summaries:
        health, words = _health(summary)
        accounts[summary.id] = Account(summary.email, [], health, words)  # type: ignore[index]
    for calendar in calendars:
        accounts[calendar.connection_id].calendars.append(calendar)  # type: ignore[index]
    return [account for key, account in accounts.items() if key or account.calendars]


def _health(summary: ConnectionSummary) -> tuple[str, str]:
    if summary.status == Connection.Status.RECONNECT_REQUIRED:
        return "broken", _("%(email)s needs to be reconnected") % {"email": summary.email}
    heard_at = summary.last_synced_at
    is_late = heard_at is not None and timezone.now() - heard_at > LATE
    if summary.status == Connection.Status.ACTIVE and is_late:
        return "late", _("No news from %(email)s for a while") % {"email": summary.email}
    return "", ""


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the landing page to a visitor, and to a person the view used last, at today."""
    if not request.user.is_authenticated:
        return render(request, "calendars/landing.html")
    if needs_first_run(cast(PersonRequest, request)):
        return redirect("first-run")
    view = reader_of(request.user).view
    known = any(view == name for name, _label, _key in VIEWS)
    return redirect(view if known else "month", on=today_of(request.user))


@repeatable
@login_required
@require_POST
def select(request: PersonRequest) -> HttpResponse:
    """Show exactly the chosen calendars, in every view."""
    chosen = request.POST.getlist("calendar")
    select_calendars(owner_id=request.user.pk, chosen=chosen)
    if offered := request.POST.getlist("shared"):
        select_shared(reader=request.user, chosen=chosen, offered=offered)
    return redirect(return_address(request))


@login_required
@require_safe
def view_today(request: PersonRequest, view: str) -> HttpResponse:
    return redirect(view, on=today_of(request.user))
