"""One calendar's settings: its name, zone and colour, who sees it, and its deletion."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.clients import PersonRequest
from accounts.local_time import full_day
from accounts.security_context import repeatable
from calendars.models import Calendar, Share
from calendars.models.palette import PALETTE, hued
from calendars.pages.connections import flash_faults
from calendars.sharing.local_calendars import delete_calendar, restorable_until, restore_calendar
from calendars.sharing.shares import end_shares, recipients_of, share_calendar, show_shared
from calendars.timeline.selection import change_calendar, owned_calendar
from config.web.problems import DomainError, FieldFault, Kind
from profiles.fields.locale import canonical_zone
from profiles.fields.rules import NO_VALUES


class ColourForm(forms.Form):
    """What can be chosen of any calendar."""

    hue = forms.TypedChoiceField(
        label=gettext_lazy("Colour"),
        choices=[(str(hue), name) for hue, (name, _colour) in PALETTE.items()],
        coerce=int,
        required=False,
        empty_value=None,
    )

    @property
    def changes(self) -> dict[str, Any]:
        hue = self.cleaned_data["hue"]
        return {"colour": PALETTE[hue][1]} if hue else {}


class LocalCalendarForm(ColourForm):
    """What can be changed of a calendar that only this Daybook has."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=8192,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        help_text=gettext_lazy("For example, Europe/Berlin or America/New York."),
    )

    def clean_time_zone(self) -> str:
        return canonical_zone(self.cleaned_data["time_zone"], NO_VALUES)

    @property
    def changes(self) -> dict[str, Any]:
        names = ("name", "description", "time_zone")
        return super().changes | {name: self.cleaned_data[name] for name in names}


class ShareForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    level = forms.ChoiceField(
        label=gettext_lazy("They see"), choices=Share.Level.choices, initial=Share.Level.BUSY
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@flash_faults
def settings(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    calendar = owned_calendar(owner=request.user, calendar_id=calendar_id)
    if request.method != "POST":
        return _show(request, calendar)
    form = _form_of(calendar, request.POST)
    if not form.is_valid():
        return _show(request, calendar, form=form, status=422)
    changes = form.changes
    if changes.get("colour") == PALETTE[_hue(request, calendar)][1]:
        del changes["colour"]  # it is as it was shown
    saved = change_calendar(owner=request.user, calendar_id=calendar_id, changes=changes)
    messages.success(request, _("%(name)s was saved.") % {"name": saved.name})
    return redirect("calendar-settings", calendar_id)


@repeatable
@login_required
@require_POST
@flash_faults
def share(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    """Show the calendar to an address, or change the level at which it is shown."""
    calendar = owned_calendar(owner=request.user, calendar_id=calendar_id)
    form = ShareForm(request.POST)
    if form.is_valid():
        try:
            share_calendar(
                owner=request.user,
                calendar_id=calendar_id,
                email=form.cleaned_data["email"],
                level=form.cleaned_data["level"],
            )
        except DomainError as error:
            if error.kind is not Kind.INVALID:
                raise
            _mark(form, error.faults)
    if not form.is_valid():
        return _show(request, calendar, share_form=form, status=422)
    names = {"name": calendar.name, "email": form.cleaned_data["email"]}
    messages.success(request, _("%(name)s is shared with %(email)s.") % names)
    return redirect("calendar-settings", calendar_id)


@repeatable
@login_required
@require_POST
@flash_faults
def end_share(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    email = request.POST.get("email", "")
    end_shares(owner=request.user, email=email, calendar_id=calendar_id)
    messages.success(request, _("%(email)s no longer sees this calendar.") % {"email": email})
    return redirect("calendar-settings", calendar_id)


@repeatable
@login_required
@require_POST
@flash_faults
def delete(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    calendar = delete_calendar(owner=request.user, calendar_id=calendar_id)
    words = _("%(name)s was deleted. You can restore it here until %(day)s.")
    until = restorable_until(calendar).date()
    messages.success(request, words % {"name": calendar.name, "day": full_day(until)})
    return redirect("settings-calendars")


@repeatable
@login_required
@require_POST
@flash_faults
def restore(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    calendar = restore_calendar(owner=request.user, calendar_id=calendar_id)
    messages.success(request, _("%(name)s is back with its events.") % {"name": calendar.name})
    return redirect("settings-calendars")


@repeatable
@login_required
@require_POST
@flash_faults
def show_received(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    """Show or hide a calendar that another user shares."""
    shown = request.POST.getlist("show")[-1:] == ["yes"]
    show_shared(reader=request.user, calendar_id=calendar_id, shown=shown)
    return redirect("settings-calendars")


def _show(
    request: PersonRequest,
    calendar: Calendar,
    *,
    form: ColourForm | None = None,
    share_form: ShareForm | None = None,
    status: int = 200,
) -> HttpResponse:
    calendar.hue = _hue(request, calendar)
    context = {
        "calendar": calendar,
        "form": form or _form_of(calendar),
        "share_form": share_form or ShareForm(),
        "recipients": recipients_of(calendar),
        "levels": Share.Level.choices,
        "palette": [(hue, name) for hue, (name, _colour) in PALETTE.items()],
        "is_local": calendar.connection_id is None,
    }
    return render(request, "settings/calendar.html", context, status=status)


def _form_of(calendar: Calendar, given: Any = None) -> ColourForm:
    if calendar.connection_id is not None:
        return ColourForm(given)
    initial = {
        "name": calendar.name,
        "description": calendar.description,
        "time_zone": calendar.time_zone,
    }
    return LocalCalendarForm(given, initial=initial)


def _hue(request: PersonRequest, calendar: Calendar) -> int:
    """Return the hue in which the views show it, which depends on the others."""
    beside = hued(Calendar.objects.of(request.user.pk))
    return next(one.hue for one in beside if one.pk == calendar.pk)


def _mark(form: ShareForm, faults: Any) -> None:
    for fault in cast(list[FieldFault], faults):
        name = fault.field if fault.field in form.fields else None
        form.add_error(name, ValidationError(fault.message, code=fault.code))
