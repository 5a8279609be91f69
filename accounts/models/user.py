"""The user: an email address as the username, and a public id that is not the primary key."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

from accounts.fields import NormalisedEmailField, normalise_email


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = User(email=normalise_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A user. Other tables reference `id`; clients see only `public_id`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = NormalisedEmailField("e-mail address", max_length=254, unique=True)
    legacy_id = models.BigIntegerField(
        null=True,
        blank=True,
        unique=True,
        help_text=gettext_lazy("The person's id in the old system."),
    )
    legacy_allowed = models.BooleanField(
        "legacy tokens allowed",
        default=True,
        help_text=gettext_lazy("Whether tokens of the old system still open this account."),
    )
    is_active = models.BooleanField("active", default=True)
    pending_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=gettext_lazy("Signed up, and waits for an administrator's approval."),
    )
    is_staff = models.BooleanField(
        "staff", default=False, help_text=gettext_lazy("May open the administration pages.")
    )
    auth_epoch = models.PositiveIntegerField(
        default=1, help_text=gettext_lazy("Raised when every token issued before must end.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(pending_since=None) | models.Q(is_active=False),
                name="user_pending_is_not_active",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Include the epoch in Django's digest, so that raising it ends all browser sessions."""
        state = f"{self.password}:{self.auth_epoch}"
        return salted_hmac("accounts.User.session", state, secret, algorithm="sha256").hexdigest()
