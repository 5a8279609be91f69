"""The calendars and accounts of the settings: connections, their sync and their log."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.security_context import repeatable
from calendars.connections.consent import start_connection
from calendars.connections.disconnecting import disconnect as disconnect_account
from calendars.connections.log import approve_deletions, connection_logs, incomplete_imports
from calendars.connections.overview import connection_summaries, owned_connection, request_sync
from calendars.pages.following import followed, version_of
from config.web.problems import DomainError, Kind

P = ParamSpec("P")
LIVE = "live"  # the id of the section that htmx swaps
AT_WORK = ("queued", "running")
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
    owner = request.user
    summaries = connection_summaries(owner=owner)
    context = {
        "connections": summaries,
        "logs": connection_logs(owner=owner),
        "incomplete": incomplete_imports(owner=owner),
        "at_work": any(one.progress.state in AT_WORK for one in summaries),
        "version": version_of(request),
    }
    part = "_list" if request.headers.get("HX-Target") == LIVE else "list"
    response = render(request, f"connections/{part}.html", context)
    patch_vary_headers(response, ["HX-Target"])
    return response


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
