"""The page of a person's own security log."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.events import BY_TITLES
from accounts.clients import person_of
from accounts.models import AuditEvent
from accounts.sessions.devices import program_of
from config.web.pagination import Key, Order, Page, list_of, moment, page_of_rows
from config.web.parameters import PageQuery, takes_query
from config.web.problems import DomainError

EVENTS = Order((Key("occurred_at", moment, True), Key("id", UUID, True)), page_size=50)


class EventSerializer(serializers.ModelSerializer[AuditEvent]):
    """Without the internal reason: it would tell a guesser which check failed."""

    title = serializers.CharField(read_only=True)
    by = serializers.ChoiceField(
        choices=[*BY_TITLES, ""],
        read_only=True,
        help_text="Who did it, if not the user.",
    )
    about = serializers.EmailField(
        read_only=True,
        allow_null=True,
        help_text="The affected account, for your actions as an administrator.",
    )

    class Meta:
        model = AuditEvent
        fields = (
            "id", "event", "title", "outcome", "count", "occurred_at", "method", "session_id",
            "client_id", "ip", "user_agent", "by", "about",
        )  # fmt: skip


class EventListView(APIView):
    """What happened to the account, the latest first."""

    @takes_query(PageQuery)
    @extend_schema(
        operation_id="auth_events",
        summary="List the security log of the account",
        responses=list_of("EventList", EventSerializer),
    )
    def get(self, request: Request) -> Response:
        return page_of_events(request).answer(EventSerializer)


def page_of_events(request: Request | HttpRequest) -> Page[AuditEvent]:
    """Follows `?cursor=`, for the API and the page. Raises DomainError `cursor-not-valid`."""
    person = person_of(request)
    own = AuditEvent.objects.of(person).select_related("user")
    page = page_of_rows(request, EVENTS, own)
    return replace(page, results=[event.seen_by(person) for event in page.results])


@never_cache
@login_required
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    try:
        page = page_of_events(request)
    except DomainError:  # a shortened address leads to the first page
        return redirect("settings-log")
    rows = [(entry, program_of(entry.user_agent)) for entry in page.results]
    context = {"rows": rows, "newer": page.previous, "older": page.next}
    return render(request, "accounts/events.html", context)
