"""Mails that tell a person what happened to the account."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from allauth.account.adapter import get_adapter
from django.urls import reverse

from accounts.clients import Client
from accounts.models import Session, User
from config.public_address import public_address

log = structlog.get_logger(__name__)


def tell_refresh_reused(*, session: Session) -> None:
    log.warning("refresh_token_reused", session=str(session.pk), user=str(session.user.public_id))
    _send("refresh_reused", session.user, {"session": session})


def tell_wrong_codes(*, user: User, client: Client, count: int) -> None:
    """The password opened the way to the code, so its owner is asked to change it."""
    reset = public_address(reverse("account_reset_password"))
    log_page = public_address(reverse("account-events"))
    context = {"count": count, "ip": client.ip, "reset": reset, "log_page": log_page}
    _send("wrong_codes", user, context)


def _send(notice: str, user: User, context: Mapping[str, object]) -> None:
    get_adapter().send_mail(f"accounts/mail/{notice}", user.email, dict(context))
