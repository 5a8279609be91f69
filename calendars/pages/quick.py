"""The typed line: an event in one sentence, shown as it was understood before it is saved.

Scripts ask with `dry_run` for what was understood. Without JavaScript a page shows it and asks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.clients import PersonRequest
from accounts.local_time import clock, day_span, full_day, short_weekday_day, weekday_moment
from accounts.security_context import repeatable
from calendars.events.given_times import Times
from calendars.events.history import Author, Door
from calendars.events.values import columns_of
from calendars.pages.changed import changed, is_htmx, page_before, refused
from calendars.timeline.next_dates import MOST_DATES, next_dates
from calendars.timeline.recurrence_words import recurrence_words
from calendars.timeline.typed_events import DAY, TypedEvent, create_typed, read_typed
from calendars.timeline.typed_questions import asked
from config.web.problems import DomainError
from profiles.preferences import Reader, reader_of


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quick_event(request: PersonRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    text = given.get("text", "").strip()
    typed = read_typed(text, owner=request.user, now=timezone.now()) if text else None
    is_asked = is_htmx(request) or "confirmed" in request.POST
    if request.method == "POST" and typed and is_asked and "dry_run" not in request.POST:
        return _create(request, typed)
    return _show(request, text, typed)


def _show(
    request: PersonRequest, text: str, typed: TypedEvent | None, error: str = ""
) -> HttpResponse:
    template = "events/quick.html"
    if is_htmx(request):
        is_asked = request.method == "POST"
        template = "events/_understood.html" if is_asked else "events/_typed_line.html"
    context = {
        "text": text,
        "said": Said.of(typed, text, reader_of(request.user)) if typed else None,
        "error": error,
        "back": page_before(request, reverse("home")),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _create(request: PersonRequest, typed: TypedEvent) -> HttpResponse:
    author = Author(Door.PAGE, actor_id=request.user.pk)
    try:
        event = create_typed(typed, owner=request.user, author=author)
    except DomainError as error:
        if not is_htmx(request):
            return _show(request, request.POST["text"], typed, error.message)
        return refused(request, error, back=reverse("home"))
    message = _("“%(title)s” was created.") % {"title": event.summary or _("(no title)")}
    address = reverse("event", args=[event.pk])
    response = changed(request, message, act=author.act, back=page_before(request, address))
    response.headers.setdefault("Location", address)
    return response


@dataclass(frozen=True)
class Said:
    """What was understood, in words, and as static/js/typed_line.js marks and draws it."""

    text: str
    typed: TypedEvent
    when: str
    repeats: str
    dates: tuple[str, ...]
    questions: tuple[str, ...]
    fault: str = ""

    @classmethod
    def of(cls, typed: TypedEvent, text: str, reader: Reader) -> Said:
        questions = tuple(asked(one, text) for one in typed.understood.questions)
        if typed.start is None or typed.end is None:
            return cls(text, typed, "", "", (), questions)
        when = _when(typed.start, typed.end)
        try:
            columns = columns_of(typed.members, zone=reader.zone)
        except DomainError as error:
            faults = [one.message for one in error.faults] or [error.message]
            return cls(text, typed, when, "", (), questions, str(faults[0]))
        times = Times(**{name: columns[name] for name in Times._fields})
        found = next_dates(times, reader.zone) if times.recurrence else []
        return cls(
            text,
            typed,
            when,
            recurrence_words(times) if times.recurrence else "",
            tuple(short_weekday_day(at) for at in found[:MOST_DATES]),
            questions,
        )

    @property
    def spans(self) -> str:
        """The marked stretches of the text, in code points."""
        return json.dumps(self.typed.understood.spans)

    @property
    def start(self) -> str:
        return _moment(self.typed.start) if self.typed.start else ""

    @property
    def end(self) -> str:
        return _moment(self.typed.end) if self.typed.end else ""

    @property
    def editor(self) -> str:
        """The address of the whole form, with what it takes."""
        said = self.typed.understood
        given = {
            "title": said.title,
            "start": self.start,
            "end": self.end,
            "all_day": "1" if said.all_day else "",
            "calendar": str(self.typed.calendar.pk) if self.typed.calendar else "",
            "line": self.text,
        }
        return f"/events/new/?{urlencode({name: value for name, value in given.items() if value})}"


def _moment(at: object) -> str:
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%dT%H:%M}"
    return f"{at}"


def _when(start: date, end: date) -> str:
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        last = end - DAY
        return full_day(start) if last <= start else day_span(start, last)
    if start.date() == end.date():
        return f"{weekday_moment(start)}–{clock(end)}"  # noqa: RUF001
    return f"{weekday_moment(start)} – {weekday_moment(end)}"  # noqa: RUF001
