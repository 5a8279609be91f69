"""allauth's hooks for accounts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_variables

from accounts.fields import normalise_email
from accounts.models import User
from accounts.reading import for_reader
from accounts.sessions.browser import current_browser_session
from accounts.sign_in.credentials import PENDING_PAGE, change_password
from accounts.sign_in.second_step import is_recent
from config.web.languages import accepted_tag
from config.web.public_address import public_address

EMAIL_CHANGED = "account/email/email_changed"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def new_user(self, request: HttpRequest) -> User:
        user: User = super().new_user(request)
        if settings.SIGNUP_NEEDS_APPROVAL:
            user.is_active, user.pending_since = False, timezone.now()
        return user

    def clean_email(self, email: str) -> str:
        return normalise_email(super().clean_email(email))

    def is_safe_url(self, url: str) -> bool:
        """Allow only redirects within the requested host; allauth would allow every allowed
        host."""
        host = self.request.get_host()
        return url_has_allowed_host_and_scheme(url, {host}, require_https=self.request.is_secure())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Names PUBLIC_URL in text and links, where allauth takes the request's Host.

        It is written in the active language. A visitor's is that of their browser: to look up the
        recipient's would tell by the time it takes whether there is one.
        """
        own = {
            "current_site": {"name": "Daybook", "domain": urlsplit(settings.PUBLIC_URL).netloc},
            "signup_url": public_address(reverse("account_signup")),
            "reset_url": public_address(reverse("account_reset_password")),
        }
        self.render_mail(template_prefix, email, {"email": email, **context, **own}).send()

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        return public_address(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        page = reverse("account_reset_password_from_key", args=["UID", "KEY"])
        return public_address(page.replace("UID-KEY", quote(key)))

    def send_account_already_exists_mail(self, email: str) -> None:
        page = public_address(reverse("account_reset_password"))
        self.send_mail("account/email/account_already_exists", email, {"password_reset_url": page})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Skip allauth's email about a changed primary address if it was already primary."""
        told = context or {}
        if template_prefix == EMAIL_CHANGED and told["from_email"] == told["to_email"]:
            return
        asking = getattr(self.request, "user", None)
        is_own = not isinstance(asking, User) or asking == user
        with for_reader(user, accepted=accepted_tag() if is_own else ""):  # it says when
            super().send_notification_mail(template_prefix, user, context, email)

    @sensitive_variables("password")
    def set_password(self, user: User, password: str) -> None:
        """Called for a changed, a first and a reset password."""
        change_password(user=user, password=password, request=self.request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Skip allauth's per-account limit, which would lock out the owner; the password backend
        counts."""

    def pre_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse | None:
        """Let a pending user continue to email verification; `ApprovalStage` follows it."""
        if user.pending_since is not None:
            return None
        response: HttpResponse | None = super().pre_login(request, user, **login)
        return response

    def get_login_stages(self) -> list[str]:
        stages: list[str] = super().get_login_stages()
        confirmation = stages.index("allauth.account.stages.EmailVerificationStage")
        return [
            *stages[: confirmation + 1],
            "accounts.sign_in.credentials.ApprovalStage",
            *stages[confirmation + 1 :],
        ]

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        if email_address.user.pending_since is not None:
            return reverse(PENDING_PAGE)
        address: str = super().get_email_verification_redirect_url(email_address)
        return address

    def is_reauthentication_required(self, *, app: str, **_options: Any) -> bool:
        """Apply the API's rule to pages too; allauth alone would not count a fresh sign-in."""
        return not is_recent(current_browser_session(self.request))
