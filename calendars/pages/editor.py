"""The editor of events: new ones, stored ones and duplicates; as a page and in the popover."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.clients import PersonRequest
from accounts.security_context import repeatable
from calendars.events.conferences import conference_url_of
from calendars.events.history import Author, Door
from calendars.events.rights import Rights, rights_of
from calendars.models import Event
from calendars.pages.changed import address_of, changed, is_htmx, not_found, page_before
from calendars.pages.editor_choices import EditorChoices
from calendars.pages.event import POPOVER, instance_of
from calendars.pages.event_form import METHODS, UNIT_NAMES, EventForm
from calendars.pages.event_input import (
    Groups,
    Input,
    as_was,
    groups_of,
    input_of,
    locked_groups,
    note_of,
    read_was,
    step_of,
    take,
    typed_input,
    with_names,
)
from calendars.pages.event_preview import EventPreview
from calendars.pages.line_input import line_input
from calendars.pages.new_event import copied_input, prefilled_input
from calendars.pages.rebasing import LABELS, Collision, Rebased, collisions_of, settled
from calendars.pages.saving import SCOPES, Refused, Saving, former_of, said, save_new
from calendars.timeline.event_card import ShownEvent
from calendars.timeline.instances import at_of
from calendars.timeline.suggestions import people_suggested
from config.web.problems import DomainError, Kind

MOST_KNOWN = 40  # people that are suggested without JavaScript
MOST_ATTEMPTS = 3  # to save on top of changes that arrive meanwhile


@dataclass(frozen=True)
class Editing:
    """A form with what is typed, on top of what is stored; `was` are its groups when it was shown.

    `shown` is the stored event, or its instance; a new event has none.
    """

    choices: EditorChoices
    typed: Input
    was: Groups
    action: str
    back: str
    shown: ShownEvent | None = None
    scope: str = ""
    collisions: tuple[Collision, ...] = ()
    merged: tuple[str, ...] = ()

    @property
    def event(self) -> Event | None:
        return self.shown.event if self.shown else None

    def form(self, *, checked: bool = False) -> EventForm:
        return self.choices.form(self.typed, checked=checked, locked=self.locked)

    @property
    def rights(self) -> Rights | None:
        event = self.event
        return rights_of(event, event.calendar) if event else None

    @property
    def locked(self) -> list[str]:
        """The groups that the person may not change."""
        return locked_groups(self.rights) if self.rights else []

    @property
    def conference_host(self) -> str:
        """Where the video call is, which the form doesn't change."""
        return (urlsplit(conference_url_of(self.event)).hostname or "") if self.event else ""

    @property
    def has_markup(self) -> bool:
        return self.event is not None and note_of(self.event) != self.event.description


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_event(request: PersonRequest) -> HttpResponse:
    """`start`, `end`, `all_day`, `calendar` and `title` of the address fill the form."""
    choices = EditorChoices(request.user)
    given = request.POST if request.method == "POST" else request.GET
    calendar = choices.first_calendar(given.get("calendar", ""))
    if request.method != "POST":
        typed = prefilled_input(given, calendar=calendar, reader=choices.reader)
        typed |= line_input(given.get("line", ""), owner=request.user)
        return _show(request, _new(request, choices, typed))
    editing = _new(request, choices, typed_input(given))
    if step := given.get("step"):
        return _show(request, replace(editing, typed=step_of(editing.typed, step)))
    return _save_new(request, editing)


@never_cache
@login_required
@require_safe
def duplicate_event(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """Show the form of a new event, filled from another one. Nothing is stored yet."""
    choices = EditorChoices(request.user)
    shown = instance_of(request, event_id)
    typed = copied_input(
        shown,
        calendar=choices.first_calendar(str(shown.event.calendar_id)),
        category=choices.chosen_category(shown.event),
        reader=choices.reader,
    )
    return _show(request, _new(request, choices, typed))


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_event(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """`at` names one instance of a series by its original start."""
    choices = EditorChoices(request.user)
    editing = _stored(request, choices, event_id)
    if editing.event is None or not (editing.rights and editing.rights.may_change):
        return redirect(reverse("event", args=[event_id]))
    if request.method != "POST":
        return _show(request, editing)
    typed = with_names(typed_input(request.POST), editing.typed["guests"])
    typed = take(typed, editing.typed, editing.locked)
    editing = replace(editing, typed=typed, was=read_was(request.POST.get("was", "")))
    if step := request.POST.get("step"):
        return _show(request, replace(editing, typed=step_of(typed, step)))
    return _save(request, editing, event_id)


@never_cache
@login_required
@require_safe
def people(request: PersonRequest) -> HttpResponse:
    """Suggest people for what is typed last, as the options of a list."""
    text = request.GET.get("people", "").rpartition(",")[2].strip()
    found = people_suggested(request.user.pk, text) if text else []
    return render(request, "events/_known_people.html", {"people": found})


def _new(request: PersonRequest, choices: EditorChoices, typed: Input) -> Editing:
    day = reverse("day", args=[timezone.now().astimezone(choices.reader.zone).date()])
    return Editing(
        choices=choices,
        typed=typed,
        was={},
        action=reverse("new-event"),
        back=page_before(request, day),
    )


def _stored(request: PersonRequest, choices: EditorChoices, event_id: UUID) -> Editing:
    shown = instance_of(request, event_id)
    typed = _input_of(shown, choices)
    query = f"?at={at_of(shown.instance.original_start_at)}" if shown.series else ""
    return Editing(
        choices=choices,
        typed=typed,
        was=groups_of(typed),
        action=reverse("edit-event", args=[shown.event.pk]) + query,
        back=page_before(request, address_of(shown.event)),
        shown=shown,
        scope=request.POST.get("scope", "this"),
    )


def _input_of(shown: ShownEvent, choices: EditorChoices) -> Input:
    category = choices.chosen_category(shown.event)
    return input_of(shown, reader=choices.reader, category=category)


def _save_new(request: PersonRequest, editing: Editing) -> HttpResponse:
    form = editing.form(checked=True)
    author = Author(Door.PAGE, actor_id=request.user.pk)
    try:
        event = save_new(form, choices=editing.choices, author=author)
    except Refused:
        return _show(request, editing, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    message = _("“%(title)s” was created.") % {"title": said(event)}
    return changed(request, message, act=author.act, back=_back(editing, event))


def _save(request: PersonRequest, editing: Editing, event_id: UUID) -> HttpResponse:
    """Save what the person changed on top of the version that is there now.

    Of what both changed, both versions are shown and nothing is saved.
    """
    author = Author(Door.PAGE, actor_id=request.user.pk)
    for _attempt in range(MOST_ATTEMPTS):
        shown = instance_of(request, event_id)
        current = _input_of(shown, editing.choices)
        typed = settled(editing.typed, current, request.POST)
        rebased = Rebased.of(typed, editing.was, current)
        now = replace(editing, shown=shown, typed=rebased.typed, merged=rebased.merged)
        form = now.form(checked=True)
        if rebased.collisions:
            collisions = tuple(collisions_of(rebased, form))
            now = replace(now, was=groups_of(current), collisions=collisions)
            return _show(request, now, form, HTTPStatus.PRECONDITION_FAILED)
        saving = Saving(form, rebased.mine, shown, editing.scope, editing.choices, author)
        try:
            saved = saving.save()
        except Refused:
            now = replace(now, was=groups_of(current))
            return _show(request, now, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        except DomainError as error:
            if error.kind is not Kind.PRECONDITION:
                raise not_found(error) from error
            continue
        act = author.act if saved.message else None
        return changed(request, saved.message, act=act, back=_back(editing, saved.event))
    form.add_error(None, _("This event changes all the time. Try again in a moment."))
    return _show(request, now, form, HTTPStatus.PRECONDITION_FAILED)


def _back(editing: Editing, event: Event) -> str:
    """The view from which the person came, or the event's page."""
    return address_of(event) if editing.back.startswith("/events/") else editing.back


def _show(
    request: PersonRequest,
    editing: Editing,
    form: EventForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    choices = editing.choices
    form = form or editing.form()
    former = former_of(editing.shown) if editing.shown else None
    preview = EventPreview.of(
        editing.form(checked=True),
        owner=request.user,
        former=former,
        event_id=editing.event.pk if editing.event else None,
    )
    context = {
        "editing": editing,
        "form": form,
        "preview": preview,
        "was": as_was(editing.was),
        "scopes": SCOPES,
        "units": UNIT_NAMES,
        "methods": METHODS,
        "merged": [LABELS[name] for name in editing.merged],
        "in_popover": request.headers.get("HX-Target") == POPOVER,
        "known": [] if is_htmx(request) else people_suggested(request.user.pk, most=MOST_KNOWN),
        "waiting": choices.waiting_account(editing.typed["calendar"]),
    }
    template = "events/_editor.html" if is_htmx(request) else "events/edit.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
