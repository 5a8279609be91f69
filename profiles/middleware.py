"""The time zone, the language and the clock of a request's reader."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from accounts.reading import Reading, read_by, visitors_reading
from accounts.security_context import acting_once, transaction_of
from config.web.faults import is_api
from config.web.languages import accepted_language
from config.web.middleware import Middleware
from profiles.reading import reading_of


class ReaderMiddleware(Middleware):
    """Shows all pages, including the admin, as the user reads them.

    The API returns times with their offset and stays in UTC, and in the language that its client
    accepts.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request):
            return self.get_response(request)
        with read_by(lambda: _reading(request), meanwhile=accepted_language()) as spoken:
            response = self.get_response(request)
        if spoken.language:
            response["Content-Language"] = spoken.language
        return response


def _reading(request: HttpRequest) -> Reading:
    user = request.user
    if not isinstance(user, User):
        return visitors_reading()
    own = transaction_of(request)
    if own is not None and own.is_open:
        return reading_of(user)
    with acting_once(user_id=user.pk):
        return reading_of(user)
