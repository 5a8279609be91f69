"""People in the administration pages."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.administrators import within_reach
from accounts.audit import events, trail
from accounts.models import RevocationReason, User
from accounts.sessions.ends import start_auth_epoch
from accounts.sign_in.approval import approve
from accounts.sign_in.credentials import remove_factors

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A password set by an administrator ends what was signed in before, like any other."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        start_auth_epoch(user=user, reason=RevocationReason.CREDENTIALS_CHANGED)
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Django's own, with the address as the name and without the password's hash."""

    add_form = UserCreationForm
    change_password_form = PasswordForm
    actions = ("activate", "deactivate", "bar_legacy", "end_sessions", "remove_second_factors")
    ordering = ("email",)
    list_display = ("email", "is_active", "pending_since", "is_staff", "created_at", "last_login")
    list_filter = (
        "is_active",
        ("pending_since", admin.EmptyFieldListFilter),
        *("legacy_allowed", "is_staff", "is_superuser", "created_at"),
    )
    search_fields = ("email", "=public_id", "=legacy_id")
    date_hierarchy = "created_at"
    readonly_fields = (
        *("public_id", "auth_epoch", "created_at", "last_login", "password_link"),
        "pending_since",
    )
    fieldsets = (
        (None, {"fields": ("email", "password_link", "public_id", "legacy_id")}),
        (
            "Access",
            {
                "fields": (
                    *("is_active", "pending_since", "legacy_allowed"),
                    *("is_staff", "is_superuser", "groups"),
                )
            },
        ),
        ("Permissions", {"classes": ("collapse",), "fields": ("user_permissions",)}),
        ("History", {"fields": ("created_at", "last_login", "auth_epoch")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Every page and action of these pages asks here."""
        return within_reach(super().get_queryset(request), of=cast(User, request.user))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """The address is proven by its owner: nobody else may move an account to another one.
        Rights are given by superusers alone: who can give them can have them all."""
        fields = super().get_readonly_fields(request, obj)
        if not cast(User, request.user).is_superuser:
            fields = (*fields, *RIGHTS)
        return (*fields, "email") if obj else fields

    @admin.display(description="password")
    def password_link(self, user: User) -> SafeString:
        return format_html('<a href="{}">Set a new password</a>', "../password/")

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        """Ticking "active" approves whoever waits for it."""
        if change and obj.is_active and obj.pending_since is not None:
            approve(user=obj, request=request)
        super().save_model(request, obj, form, change)

    @admin.action(description="Approve or activate selected people", permissions=["change"])
    def activate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        waiting = list(people.exclude(pending_since=None))
        approved = sum(approve(user=person, request=request) for person in waiting)
        count = people.filter(is_active=False).update(is_active=True)
        self.message_user(request, f"Activated: {approved + count}.", messages.SUCCESS)

    @admin.action(description="Deactivate selected people", permissions=["change"])
    def deactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Their tokens are refused from the next request on; one never locks oneself out."""
        others = people.filter(is_active=True).exclude(email=request.user.get_username())
        self.message_user(request, f"Deactivated: {others.update(is_active=False)}.")

    @admin.action(description="Bar tokens of the old system", permissions=["change"])
    def bar_legacy(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in (barred := list(people.filter(legacy_allowed=True))):
            trail.record(events.LEGACY_BARRED, user=person, request=request)
        people.update(legacy_allowed=False)
        self.message_user(request, f"Barred: {len(barred)}.")

    @admin.action(description="Sign selected people out everywhere", permissions=["change"])
    def end_sessions(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            start_auth_epoch(user=person, reason=RevocationReason.ENDED_BY_ADMIN, request=request)
        self.message_user(request, f"Signed out: {len(people)}.")

    @admin.action(description="Remove the second step of sign-in", permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For who lost phone and codes, and has shown some other way who they are."""
        removed = sum(remove_factors(user=person, request=request) for person in people)
        self.message_user(request, f"Removed: {removed}.")
