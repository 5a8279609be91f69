"""The calendars and accounts of the settings: connections, their sync and their log."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.security_context import repeatable, without_transaction
from calendars.connections.consent import start_connection
from calendars.connections.disconnecting import disconnect as disconnect_account
from calendars.connections.log import approve_deletions, connection_logs, incomplete_imports
from calendars.connections.overview import connection_summaries, owned_connection, request_sync
from calendars.models import Calendar
from calendars.models.palette import PALETTE, hued
from calendars.pages.following import followed, version_of
from calendars.rfc5545.ics import IcsError
from calendars.sharing.importing import ImportOutcome, import_ics
from calendars.sharing.local_calendars import deleted_calendars, restorable_until
from calendars.timeline.selection import change_calendar, create_calendar
from calendars.timeline.shared import sharers
from config.web.problems import DomainError, Kind
from profiles.views import return_address

P = ParamSpec("P")
LIVE = "live"  # the id of the section that htmx swaps
AT_WORK = ("queued", "running")
MOST_OF_A_FILE = 10 * 1024**2  # less than deploy/nginx.conf lets a request have
View = Callable[Concatenate[PersonRequest, P], HttpResponse]


def flash_faults(view: View[P]) -> View[P]:
    """Show a service's error as a message on the connections page; NOT_FOUND becomes a 404."""

    @functools.wraps(view)
    def wrapped(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            if error.kind is Kind.NOT_FOUND:
                raise Http404(error.message) from error
            messages.error(request, error.message)
            return redirect("settings-calendars")

    return wrapped


@never_cache
@login_required
@require_safe
@followed
def connections(request: PersonRequest) -> HttpResponse:
    """All of the page, or for htmx only the section that changes."""
    context = accounts_context(request) | {
        "logs": connection_logs(owner=request.user),
        "incomplete": incomplete_imports(owner=request.user),
        "deleted": [(one, restorable_until(one).date()) for one in deleted_calendars(request.user)],
    }
    part = "_list" if request.headers.get("HX-Target") == LIVE else "list"
    response = render(request, f"connections/{part}.html", context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def accounts_context(request: PersonRequest) -> dict[str, Any]:
    """The connections with their calendars and the calendars without one, each with its hue."""
    summaries = connection_summaries(owner=request.user)
    own = list(Calendar.objects.of(request.user.pk).filter(connection=None).shown())
    hued([*own, *(calendar for one in summaries for calendar in one.calendars)])
    return {
        "connections": summaries,
        "own_calendars": own,
        "sharers": sharers(request.user.pk),
        "palette": [(hue, name) for hue, (name, _colour) in PALETTE.items()],
        "filling": [one for one in summaries if one.is_filling],
        "at_work": any(one.progress.state in AT_WORK for one in summaries),
        "version": version_of(request),
    }


class NewCalendarForm(forms.Form):
    name = forms.CharField(max_length=300)


class FileForm(forms.Form):
    file = forms.FileField(max_length=300)


@repeatable
@login_required
@require_POST
@flash_faults
def add_calendar(request: PersonRequest) -> HttpResponse:
    """Create a calendar that is only on this Daybook."""
    form = NewCalendarForm(request.POST)
    if form.is_valid():
        calendar = create_calendar(owner=request.user, name=form.cleaned_data["name"])
        messages.success(request, _("%(name)s was created.") % {"name": calendar.name})
    else:
        messages.error(request, _("Give the calendar a name of at most 300 characters."))
    return redirect(_back(request))


@without_transaction
@login_required
@require_POST
@flash_faults
def import_file(request: PersonRequest) -> HttpResponse:
    """Import an .ics file into a calendar that is named after the file."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose an .ics file that isn't empty."))
        return redirect(_back(request))
    file = form.cleaned_data["file"]
    if file.size > MOST_OF_A_FILE:
        messages.error(
            request,
            _("This file is larger than %(megabytes)s MB. Ask an administrator to import it.")
            % {"megabytes": MOST_OF_A_FILE // 1024**2},
        )
        return redirect(_back(request))
    try:
        outcome = import_ics(
            owner=request.user, name=PurePath(file.name).stem[:300], content=file.read()
        )
    except IcsError as error:
        messages.error(request, error.message)
        return redirect(_back(request))
    messages.success(request, _outcome_in_words(outcome))
    return redirect(_back(request))


@repeatable
@login_required
@require_POST
@flash_faults
def change(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    """Show or hide a calendar, or choose its colour; an empty hue is the account's own."""
    changes: dict[str, Any] = {}
    if "show" in request.POST:
        changes["selected"] = request.POST.getlist("show")[-1] == "yes"
    if "hue" in request.POST:
        changes["colour"] = _colour(request.POST["hue"])
    change_calendar(owner=request.user, calendar_id=calendar_id, changes=changes)
    return redirect(_back(request))


def _colour(hue: str) -> str | None:
    if not hue:
        return None
    if hue not in map(str, PALETTE):
        raise Http404
    return PALETTE[int(hue)][1]


def _back(request: PersonRequest) -> str:
    """Return the page that the form names, by default that of the settings."""
    return return_address(request) if "next" in request.POST else reverse("settings-calendars")


def _outcome_in_words(outcome: ImportOutcome) -> str:
    words = ngettext(
        "%(count)s event of %(name)s was imported.",
        "%(count)s events of %(name)s were imported.",
        outcome.created,
    ) % {"count": outcome.created, "name": outcome.calendar.name}
    refused = len(outcome.refused) + len(outcome.incomplete)
    if not refused:
        return words
    return f"{words} " + ngettext(
        "%(count)s couldn't be read completely.",
        "%(count)s couldn't be read completely.",
        refused,
    ) % {"count": refused}


@repeatable
@login_required
@require_POST
@flash_faults
def apply_deletions(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    approve_deletions(owner=request.user, calendar_id=calendar_id)
    return redirect("settings-calendars")


@login_required
@require_POST
@flash_faults
def connect_google(request: PersonRequest) -> HttpResponse:
    return redirect(start_connection(owner=request.user))


@login_required
@require_POST
@flash_faults
def reconnect(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    connection = owned_connection(owner=request.user, connection_id=connection_id)
    return redirect(start_connection(owner=request.user, reconnect=connection))


@login_required
@require_POST
@flash_faults
def allow_changes(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    """Ask Google for the permission to change events, which reading doesn't need."""
    connection = owned_connection(owner=request.user, connection_id=connection_id)
    return redirect(start_connection(owner=request.user, reconnect=connection, write=True))


@repeatable
@login_required
@require_POST
@flash_faults
def sync(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    request_sync(owner=request.user, connection_id=connection_id)
    return redirect("settings-calendars")


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@flash_faults
def disconnect(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    """Ask whether to keep the calendars, then disconnect."""
    connection = owned_connection(owner=request.user, connection_id=connection_id)
    if request.method != "POST":
        return render(request, "connections/disconnect.html", {"connection": connection})
    keep = request.POST.get("data") != "drop"
    disconnect_account(
        owner=request.user, connection_id=connection_id, keep_data=keep, request=request
    )
    messages.success(request, _("%(account)s was disconnected.") % {"account": connection.email})
    return redirect("settings-calendars")
