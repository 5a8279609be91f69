"""People in the administration pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Django's own, with the address as the name and without the password's hash."""

    add_form = UserCreationForm
    actions = ("activate", "deactivate")
    ordering = ("email",)
    list_display = ("email", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "created_at")
    search_fields = ("email", "=public_id", "=legacy_id")
    date_hierarchy = "created_at"
    readonly_fields = ("public_id", "auth_epoch", "created_at", "last_login", "password_link")
    fieldsets = (
        (None, {"fields": ("email", "password_link", "public_id", "legacy_id")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Permissions", {"classes": ("collapse",), "fields": ("user_permissions",)}),
        ("History", {"fields": ("created_at", "last_login", "auth_epoch")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """The address is proven by its owner: nobody else may move an account to another one."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "email") if obj else fields

    @admin.display(description="password")
    def password_link(self, user: User) -> SafeString:
        return format_html('<a href="{}">Set a new password</a>', "../password/")

    @admin.action(description="Activate selected people", permissions=["change"])
    def activate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        count = people.filter(is_active=False).update(is_active=True)
        self.message_user(request, f"Activated: {count}.", messages.SUCCESS)

    @admin.action(description="Deactivate selected people", permissions=["change"])
    def deactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Their tokens are refused from the next request on; one never locks oneself out."""
        others = people.filter(is_active=True).exclude(email=request.user.get_username())
        self.message_user(request, f"Deactivated: {others.update(is_active=False)}.")
