"""The person of a request: the user that a signed-in request acts for."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


class PersonRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def person_of(request: HttpRequest | Request) -> User:
    """Return the user of a request that has passed the login or authentication check."""
    return cast(User, request.user)
