"""Signal receivers: take the browser's time zone at sign-up and sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_signed_up
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.security_context import acting_as
from profiles.models import Door
from profiles.services import FIELD, adopt_zone


def on_signed_up(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Handle allauth's `user_signed_up`."""
    _adopt(request, user)


def on_signed_in(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Handle Django's `user_logged_in`."""
    zone = _adopt(request, user)
    if zone:
        messages.info(
            request,
            _(
                "Times are shown in %(zone)s, your browser's time zone. You can change it"
                " in the settings."
            )
            % {"zone": zone},
        )


def _adopt(request: HttpRequest, user: User) -> str:
    name = request.POST.get(FIELD, "")
    if not name:
        return ""
    with acting_as(user_id=user.pk):
        return adopt_zone(owner=user, name=name, door=Door.SIGN_IN)


user_signed_up.connect(on_signed_up)
user_logged_in.connect(on_signed_in)
