"""Whom a legacy token may stand for, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.clients import Client
from accounts.models import LegacyExchange, User
from accounts.security_context import context_of
from accounts.sessions.lifecycle import TokenPair, open_session
from accounts.tokens.access import Authentication, LegacyGrant
from config.web.problems import DomainError, Kind


def find_legacy_user(*, legacy_id: int, email: str, method: str | None = None) -> User | None:
    """The person that id and address both name, unless barred or inactive: one query.

    With a `method` the transaction is the person's from here on.
    """
    context = context_of(user="pk", method=method) if method is not None else {}
    user = User.objects.filter(legacy_id=legacy_id).annotate(**context).first()
    if user is None or user.email != email:
        return None
    return user if user.is_active and user.legacy_allowed else None


def exchange_legacy_token(
    *, user: User, authentication: Authentication, client: Client, client_id: str
) -> TokenPair:
    """Opens a session for the holder of a legacy token, once for each token.

    The session inherits what the token was worth: its `acr` and its date. So nobody gets past
    a step-up by an exchange. Raises DomainError `legacy-token-needed` or `legacy-token-used`.
    """
    grant = authentication.legacy
    if grant is None:
        raise DomainError(
            Kind.FORBIDDEN, "legacy-token-needed", "Only a token of the old system can be traded."
        )
    with transaction.atomic():
        _use_up(grant)
        return open_session(
            user=user,
            client=client,
            client_id=client_id,
            amr=[],
            acr=authentication.acr,
            authenticated_at=grant.issued_at,
        )


def _use_up(grant: LegacyGrant) -> None:
    # The clock leeway prolongs a token's life, and so the memory of it.
    forgotten_at = grant.expires_at + timedelta(seconds=settings.TOKEN_LEEWAY_SECONDS)
    _, is_first = LegacyExchange.objects.get_or_create(
        digest=grant.digest, defaults={"expires_at": forgotten_at}
    )
    if not is_first:
        raise DomainError(
            Kind.CONFLICT,
            "legacy-token-used",
            "This token was traded before. Go on with the pair it gave, or sign in again.",
        )
