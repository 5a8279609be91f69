"""Endpoints of shares: what one shows to other users of this Daybook, and what they show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.models import Calendar, Share
from calendars.sharing.shares import (
    PersonShares,
    end_shares,
    share_calendars,
    shares_of,
    show_shared,
)
from calendars.timeline.shared import shared_calendar, shared_calendars
from config.web.pagination import Page, list_of
from config.web.parameters import ClosedSerializer, takes_query, validated
from config.web.problems import DomainError, Kind

MOST_CALENDARS = 250
TOO_MANY = OpenApiResponse(description="`too-many-shares`: the limit.")


NO_CALENDAR = OpenApiResponse(description="The person has no such calendar.")


class ShareOut(serializers.Serializer[PersonShares]):
    email = serializers.EmailField()
    level = serializers.ChoiceField(Share.Level.choices)
    calendars = serializers.ListField(child=serializers.UUIDField())

    def to_representation(self, shares: PersonShares) -> dict[str, Any]:
        ids = [str(calendar.pk) for calendar in shares.calendars]
        return {"email": shares.email, "level": shares.level, "calendars": ids}


class ShareIn(ClosedSerializer):
    email = serializers.EmailField(
        max_length=254, help_text="An address that the other user confirmed, now or later."
    )
    calendars = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_CALENDARS
    )
    level = serializers.ChoiceField(
        Share.Level.choices, help_text="busy: only when one is busy. read: all but private events."
    )


class ShareQuery(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    calendar = serializers.UUIDField(required=False, help_text="Only this one; else all.")


class ReceivedOut(serializers.Serializer[Calendar]):
    """A calendar that another user shares."""

    calendar = serializers.UUIDField(source="pk")
    name = serializers.CharField(help_text="At level busy the name is not told.")
    owner = serializers.CharField(source="sharer", help_text="The person's name, else the address.")
    email = serializers.EmailField(source="owner.email")
    level = serializers.ChoiceField(Share.Level.choices, source="share_level")
    colour = serializers.CharField(source="shown_colour")
    selected = serializers.BooleanField(help_text="Whether the user's views show it.")


class ReceivedIn(ClosedSerializer):
    selected = serializers.BooleanField()


class SharesView(APIView):
    @extend_schema(summary="List what one shares", responses=list_of("ShareList", ShareOut))
    def get(self, request: Request) -> Response:
        """By person and level. An address is listed whether or not it has an account here."""
        return Page(shares_of(person_of(request))).answer(ShareOut)

    @extend_schema(
        summary="Share calendars", request=ShareIn, responses={200: ShareOut, 409: TOO_MANY}
    )
    def put(self, request: Request) -> Response:
        """Shares exactly these calendars with the address at this level. The answer is the same
        whether or not the address has an account here; a share waits until it has one."""
        values = validated(ShareIn(data=request.data))
        shares = share_calendars(
            owner=person_of(request),
            email=values["email"],
            calendar_ids=values["calendars"],
            level=values["level"],
        )
        return Response(ShareOut(shares).data)

    @takes_query(ShareQuery)
    @extend_schema(summary="End shares", request=None, responses={204: None, 404: NO_CALENDAR})
    def delete(self, request: Request) -> Response:
        """The other person sees nothing any more, at once."""
        query = validated(ShareQuery(data=request.query_params))
        end_shares(
            owner=person_of(request), email=query["email"], calendar_id=query.get("calendar")
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReceivedSharesView(APIView):
    @extend_schema(
        summary="List what others share", responses=list_of("ReceivedShareList", ReceivedOut)
    )
    def get(self, request: Request) -> Response:
        """Their occurrences are read by `occurrences?calendar=`; they can't be changed."""
        return Page(shared_calendars(person_of(request).pk)).answer(ReceivedOut)


class ReceivedShareView(APIView):
    @extend_schema(
        summary="Show or hide a shared calendar", request=ReceivedIn, responses=ReceivedOut
    )
    def patch(self, request: Request, calendar_id: UUID) -> Response:
        reader = person_of(request)
        values = validated(ReceivedIn(data=request.data))
        show_shared(reader=reader, calendar_id=calendar_id, shown=values["selected"])
        calendar = shared_calendar(reader.pk, calendar_id)
        if calendar is None:  # it was ended meanwhile
            raise DomainError(Kind.NOT_FOUND, "not-found", _("Calendar not found."))
        return Response(ReceivedOut(calendar).data)
