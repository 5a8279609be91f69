"""The time zone of a request."""

from __future__ import annotations

from datetime import tzinfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.local_time import LazyZone
from accounts.models import User
from accounts.security_context import acting_once, transaction_of
from config.web.faults import is_api
from config.web.middleware import Middleware
from profiles.preferences import UTC
from profiles.services import time_zone_of


class LocalTimeMiddleware(Middleware):
    """Activates the user's time zone for all pages, including the admin.

    The API returns times with their offset and stays in UTC.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request):
            return self.get_response(request)
        with timezone.override(LazyZone(lambda: _zone_of(request))):
            return self.get_response(request)


def _zone_of(request: HttpRequest) -> tzinfo:
    user = request.user
    if not isinstance(user, User):
        return UTC
    own = transaction_of(request)
    if own is not None and own.is_open:
        return time_zone_of(user)
    with acting_once(user_id=user.pk):
        return time_zone_of(user)
