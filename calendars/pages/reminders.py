"""Reminders on open pages, the end of those by email, and what a browser installs for push."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.models import User
from accounts.security_context import acting_as, without_transaction
from calendars.models import Event, Occurrence, Reminder
from calendars.reminders.mails import event_path, owner_of_token
from calendars.reminders.popups import SNOOZE_MINUTES, dismiss, quiet, ringing_of, snooze
from calendars.reminders.preferences import stop_mails
from calendars.reminders.words import LATE, when
from config.web.problems import DomainError, Kind

DISMISS = "dismiss"
ONE_CLICK = "One-Click"
ICONS = ((192, "any"), (512, "any"), (512, "maskable"))


@dataclass(frozen=True, slots=True)
class Popup:
    """A reminder that rings, as the page shows it."""

    id: UUID
    title: str
    when: str
    place: str
    address: str
    is_late: bool


@never_cache
@login_required
@require_safe
def popups(request: PersonRequest) -> HttpResponse:
    return _show(request)


@never_cache
@login_required
@require_POST
def answer(request: PersonRequest, reminder_id: UUID) -> HttpResponse:
    """Dismiss a reminder, or let it ring again in some minutes; then show those that are left."""
    given = request.POST.get("answer", "")
    owner_id = request.user.pk
    try:
        if given == DISMISS:
            dismiss(owner_id=owner_id, reminder_id=reminder_id)
        else:
            minutes = int(given) if given in map(str, SNOOZE_MINUTES) else 0
            snooze(owner_id=owner_id, reminder_id=reminder_id, minutes=minutes)
    except DomainError as error:
        if error.kind is Kind.NOT_FOUND:
            raise Http404(error.message) from error
        return HttpResponse(error.message, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _show(request) if request.headers.get("HX-Request") else redirect("home")


def _show(request: PersonRequest) -> HttpResponse:
    rows = ringing_of(request.user.pk)
    if not rows:
        quiet(request.user.pk)
    context = {"popups": _popups(rows, timezone.now()), "snoozes": SNOOZE_MINUTES}
    return render(request, "reminders/popups.html", context)


def _popups(rows: list[Reminder], now: datetime) -> list[Popup]:
    """Two statements, however many ring. Those of events that are gone are left out."""
    events = Event.objects.in_bulk([row.event_id for row in rows])
    keys = {
        "event_id__in": list(events),
        "original_start_at__in": [r.original_start_at for r in rows],
    }
    ends = {
        (one.event_id, one.original_start_at): one.end_at
        for one in Occurrence.objects.filter(**keys)
    }
    return [_popup(row, events[row.event_id], ends, now) for row in rows if row.event_id in events]


def _popup(
    row: Reminder, event: Event, ends: dict[tuple[UUID, datetime], datetime], now: datetime
) -> Popup:
    end_at = ends.get((row.event_id, row.original_start_at), row.start_at)
    return Popup(
        id=row.pk,
        title=event.summary or _("(no title)"),
        when=when(row.start_at, end_at, all_day=row.all_day, now=now),
        place=event.location[:120],
        address=event_path(event, row.original_start_at),
        is_late=row.handed_at is not None and row.handed_at - row.due_at > LATE,
    )


@csrf_exempt  # a mail program sends it (RFC 8058), with the token and without a cookie
@never_cache
@without_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to end reminders by email, then end them; without a sign-in."""
    try:
        public_id = owner_of_token(token)
        owner = User.objects.get(public_id=public_id)
    except (BadSignature, User.DoesNotExist) as error:
        raise Http404 from error
    if request.method == "POST":
        with acting_as(user_id=owner.pk):
            stop_mails(owner_id=owner.pk)
    context = {"is_stopped": request.method == "POST"}
    return render(request, "reminders/stop.html", context)


@cache_control(public=True, max_age=3600)
@without_transaction
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Let a phone put Daybook on its home screen, where it may receive notifications."""
    content: dict[str, Any] = {
        "name": "Daybook",
        "short_name": "Daybook",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fcfdfa",
        "theme_color": "#fcfdfa",
        "icons": [
            {
                "src": static(f"icons/{purpose}-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose in ICONS
        ],
    }
    return HttpResponse(json.dumps(content), content_type="application/manifest+json")


@cache_control(no_cache=True, public=True)
@without_transaction
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that its scope is all of Daybook; browsers look for a newer one."""
    context = {"icon": static("icons/any-192.png")}
    return render(request, "reminders/service_worker.js", context, content_type="text/javascript")
