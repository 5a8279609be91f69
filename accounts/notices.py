"""Mails that tell a person what happened to the account."""

from __future__ import annotations

import structlog
from allauth.account.adapter import get_adapter

from accounts.models import Session

log = structlog.get_logger(__name__)


def tell_refresh_reused(*, session: Session) -> None:
    log.warning("refresh_token_reused", session=str(session.pk), user=str(session.user.public_id))
    get_adapter().send_mail(
        "accounts/mail/refresh_reused", session.user.email, {"session": session}
    )
