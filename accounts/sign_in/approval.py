"""Sign-up that waits for an administrator: who asks is pending until somebody approves."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.administrators import who_may_approve
from accounts.audit import events, trail
from accounts.models import User
from config.public_address import public_address

PENDING_PAGE = "account-pending"


class ApprovalStage(LoginStage):  # type: ignore[misc]
    """Stands after allauth's confirmation of the address, and lets nobody pending through."""

    key = "approval"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user.pending_since is None:
            return None, True
        return redirect(PENDING_PAGE), False


def on_address_confirmed(*, request: HttpRequest, email_address: object, **_signal: object) -> None:
    """Receiver of allauth's `email_confirmed`: now there is somebody to approve."""
    user: User = email_address.user  # type: ignore[attr-defined]
    if user.pending_since is None:
        return
    address = public_address(reverse("admin:accounts_user_change", args=[user.pk]))
    for administrator in who_may_approve():
        _send("approval_asked", administrator.email, {"person": user, "address": address})


def approve(*, user: User, request: HttpRequest | None = None) -> bool:
    """Activates a pending person and tells them; False when nobody waits under this name."""
    waiting = User.objects.filter(pk=user.pk).exclude(pending_since=None)
    if not waiting.update(is_active=True, pending_since=None):
        return False
    user.refresh_from_db(fields=["is_active", "pending_since"])
    trail.record(events.APPROVAL_GRANTED, user=user, request=request)
    address = public_address(reverse("account_login"))
    _send("approval_granted", user.email, {"address": address})
    return True


def _send(notice: str, email: str, context: dict[str, object]) -> None:
    get_adapter().send_mail(f"accounts/mail/{notice}", email, context)
