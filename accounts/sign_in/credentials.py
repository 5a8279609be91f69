"""Consequences of a changed password or second factor: all other sessions end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginStage
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from accounts.administrators import approvers
from accounts.audit import events, trail
from accounts.models import RevocationReason, User
from accounts.reading import for_reader
from accounts.sessions.browser import current_browser_session
from accounts.sessions.devices import start_auth_epoch
from config.web.public_address import public_address

PENDING_PAGE = "account-pending"


class ApprovalStage(LoginStage):  # type: ignore[misc]
    """A sign-in stage after allauth's email verification that stops users who await approval."""

    key = "approval"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user.pending_since is None:
            return None, True
        return redirect(PENDING_PAGE), False


def on_address_confirmed(*, request: HttpRequest, email_address: object, **_signal: object) -> None:
    """Receiver of allauth's `email_confirmed`: ask the administrators for approval."""
    user: User = email_address.user  # type: ignore[attr-defined]
    if user.pending_since is None:
        return
    address = public_address(reverse("admin:accounts_user_change", args=[user.pk]))
    for administrator in approvers():
        _send("approval_asked", administrator, {"person": user, "address": address})


def approve(*, user: User, request: HttpRequest | None = None) -> bool:
    """Activate a pending user and notify them; return False if the user isn't pending."""
    waiting = User.objects.filter(pk=user.pk).exclude(pending_since=None)
    if not waiting.update(is_active=True, pending_since=None):
        return False
    user.refresh_from_db(fields=["is_active", "pending_since"])
    trail.record(events.APPROVAL_GRANTED, user=user, request=request)
    address = public_address(reverse("account_login"))
    _send("approval_granted", user, {"address": address})
    return True


def _send(notice: str, recipient: User, context: dict[str, object]) -> None:
    with for_reader(recipient):
        get_adapter().send_mail(f"accounts/mail/{notice}", recipient.email, context)


@sensitive_variables("password")
@transaction.atomic
def change_password(*, user: User, password: str, request: HttpRequest | None) -> None:
    """Set the password and end all sessions except the requesting one."""
    user.set_password(password)
    user.save(update_fields=["password"])
    _end_others(user, request)
    trail.record(events.PASSWORD_CHANGED, user=user, request=request)


def on_second_factor_changed(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_signal: Any
) -> None:
    """Receiver of allauth's signals about authenticators that were added, removed or reset."""
    _end_others(user, request)
    update_session_auth_hash(request, user)
    trail.record(
        events.MFA_CHANGED,
        user=user,
        request=request,
        details={"authenticator": str(authenticator.type)},
    )


@transaction.atomic
def remove_factors(*, user: User, request: HttpRequest | None) -> bool:
    """Remove all second factors; return False if there were none."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if not removed:
        return False
    _end_others(user, request)
    trail.record(events.MFA_CHANGED, user=user, request=request, details={"authenticator": "all"})
    return True


def on_email_changed(
    *,
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **_signal: Any,
) -> None:
    """Receiver of allauth's signal about the primary address, which may be unchanged."""
    if from_email_address == to_email_address:
        return
    trail.record(events.EMAIL_CHANGED, user=user, request=request)


def on_password_reset(*, user: User, **_signal: Any) -> None:
    """Receiver of allauth's signal after a password reset: the emailed link verified the
    account's address."""
    addresses = list(EmailAddress.objects.filter(user=user))
    if [address.email for address in addresses] == [user.email]:
        EmailAddress.objects.filter(user=user).update(verified=True, primary=True)


def _end_others(user: User, request: HttpRequest | None) -> None:
    start_auth_epoch(
        user=user,
        reason=RevocationReason.CREDENTIALS_CHANGED,
        request=request,
        keep=_own_session(user, request),
    )


def _own_session(user: User, request: HttpRequest | None) -> UUID | None:
    """Return the requesting session if it belongs to this user and not to an administrator."""
    session = current_browser_session(request) if request is not None else None
    return session.pk if session is not None and session.user_id == user.pk else None
