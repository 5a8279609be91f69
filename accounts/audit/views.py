"""The page of a person's own security log."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.events import BY_TITLES
from accounts.models import AuditEvent, User
from accounts.sessions.devices import program_of
from config.web.parameters import PageQuery, takes_query
from config.web.problems import DomainError, Kind
from config.web.public_address import public_address

PAGE_SIZE = 50


class EventSerializer(serializers.ModelSerializer[AuditEvent]):
    """Without the internal reason: it would tell a guesser which check failed."""

    title = serializers.CharField(read_only=True)
    by = serializers.ChoiceField(
        choices=[*BY_TITLES, ""],
        read_only=True,
        help_text="Who did it, where it was not the person.",
    )
    about = serializers.EmailField(
        read_only=True,
        allow_null=True,
        help_text="Whose account it is, in what you did as an administrator.",
    )

    class Meta:
        model = AuditEvent
        fields = (
            "id", "event", "title", "outcome", "count", "occurred_at", "method", "session_id",
            "client_id", "ip", "user_agent", "by", "about",
        )  # fmt: skip


class EventPages(CursorPagination):
    page_size = PAGE_SIZE
    ordering = ("-occurred_at", "-id")


class EventListView(APIView):
    """What happened to the account, the latest first."""

    @takes_query(PageQuery)
    @extend_schema(
        operation_id="auth_events",
        summary="List what happened to the account",
        responses=inline_serializer(
            "EventList",
            {
                "results": EventSerializer(many=True),
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        pages, events = page_of_events(request)
        results = EventSerializer(events, many=True).data
        links = {"next": pages.get_next_link(), "previous": pages.get_previous_link()}
        return Response({"results": results, **links})


def page_of_events(request: Request) -> tuple[EventPages, list[AuditEvent]]:
    """Follows `?cursor=`, for the API and the page. Raises DomainError `cursor-not-valid`."""
    pages = EventPages()
    person = cast(User, request.user)
    own = AuditEvent.objects.of(person).select_related("user")
    try:
        events = pages.paginate_queryset(own, request)
        pages.base_url = public_address(request.get_full_path())
    except (NotFound, ValidationError):  # a text that is no cursor, or one to no moment
        raise DomainError(
            Kind.UNREADABLE, "cursor-not-valid", "Follow the links of a list as they are."
        ) from None
    return pages, [event.seen_by(person) for event in events or []]


@never_cache
@login_required
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    asked = Request(request)
    asked.user = request.user
    try:
        pages, entries = page_of_events(asked)
    except DomainError:  # an address that somebody shortened leads to the first page
        return redirect("account-events")
    rows = [(entry, program_of(entry.user_agent)) for entry in entries]
    links = {"newer": pages.get_previous_link(), "older": pages.get_next_link()}
    return render(request, "accounts/events.html", {"rows": rows, **links})
