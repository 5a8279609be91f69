"""The page of what was changed, and its button to undo."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from rest_framework.request import Request

from config.problems import DomainError
from profiles.cursors import NewestFirst
from profiles.history import read_history
from profiles.page import owner_of
from profiles.presentation import grouped_entries
from profiles.undo import undo_change


@login_required
@require_safe
def show_history(request: HttpRequest) -> HttpResponse:
    owner, pages = owner_of(request), NewestFirst()
    try:
        changes = pages.paginate_queryset(read_history(owner=owner), Request(request))
    except DomainError:  # an address that was shortened leads to the first page
        return redirect("profile_history")
    context = {
        "groups": grouped_entries(changes or []),
        "newer": pages.get_previous_link(),
        "older": pages.get_next_link(),
    }
    return render(request, "profiles/history.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, change: UUID) -> HttpResponse:
    try:
        undo_change(owner=owner_of(request), change_id=change)
    except DomainError as error:
        messages.error(request, f"Nothing is undone. {_reason(error)}")
    else:
        messages.success(request, "That change is undone.")
    return redirect("profile_history")


def _reason(error: DomainError) -> str:
    """The value before may break a rule that is newer than it."""
    return " ".join(fault.message for fault in error.faults) or error.message
