"""Admin pages of users, groups and email addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.account.personal_data import delete_account
from accounts.administrators import (
    RIGHTS,
    note_active,
    note_rights,
    send_password_link,
    set_active,
    within_reach,
)
from accounts.audit import events, trail
from accounts.clients import person_of
from accounts.models import RevocationReason, User
from accounts.sessions.browser import current_browser_session
from accounts.sessions.devices import start_auth_epoch
from accounts.sign_in.credentials import approve, remove_factors
from accounts.sign_in.second_step import is_recent


class RecentSignInAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Ask for the password before a change; allauth then continues with the submitted form."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        require_recent_sign_in(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require_recent_sign_in(request)
        return super().delete_view(request, object_id, extra_context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require_recent_sign_in(request)
        return super().changelist_view(request, extra_context)


def require_recent_sign_in(request: HttpRequest) -> None:
    """Raises allauth's ReauthenticationRequired for a POST if the last sign-in is too old."""
    if request.method == "POST" and not is_recent(current_browser_session(request)):
        raise ReauthenticationRequired


# The key in a confirmation verifies an email address, so it must not be shown.
for model in (Group, EmailAddress, EmailConfirmation):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(RecentSignInAdmin, DjangoGroupAdmin):
    """Changing a group's permissions changes its members' rights."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "permissions" in form.changed_data:
            _note(request, form.instance)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        _note(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset:
            _note(request, group)
        super().delete_queryset(request, queryset)


@admin.register(EmailAddress)
class EmailAddressAdmin(RecentSignInAdmin, AllauthEmailAddressAdmin):  # type: ignore[misc]
    """allauth's own."""


def _note(request: HttpRequest, group: Group) -> None:
    members = list(User.objects.filter(groups=group))
    note_rights(members, changed=[f"group {group.name}"], request=request)


class UserCreationForm(ModelForm):  # type: ignore[type-arg]
    """Create a user without a password; the user sets one through the emailed link."""

    class Meta:
        model = User
        fields = ("email",)

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        user: User = super().save(commit)
        return user


@admin.register(User)
class UserAdmin(RecentSignInAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Django's user admin, with the email address as the username and without password fields."""

    add_form = UserCreationForm
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
    add_fieldsets = ((None, {"fields": ("email",)}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The queryset that every page and action of this admin uses."""
        return within_reach(super().get_queryset(request), of=person_of(request))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Fields that an administrator cannot change.

        Only the owner verifies an address, so an administrator cannot move an account to another
        one. Only superusers grant rights, because granting them means being able to have them
        all."""
        fields = super().get_readonly_fields(request, obj)
        if not person_of(request).is_superuser:
            fields = (*fields, *RIGHTS)
        return (*fields, "email") if obj else fields

    @admin.display(description=gettext_lazy("password"))
    def password_link(self, user: User) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', "../password/", _("Send a link to choose a new password")
        )

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's name
        form_url: str = "",
    ) -> HttpResponse:
        """Replaces Django's form: staff send a reset link and never learn a password."""
        require_recent_sign_in(request)
        person = self.get_object(request, unquote(id))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if request.method != "POST":
            context = {**self.admin_site.each_context(request), "person": person}
            context |= {"opts": self.opts, "title": _("Send a link to choose a new password")}
            return render(request, "admin/accounts/user/send_password_link.html", context)
        send_password_link(user=person, request=request)
        self.message_user(
            request, _("A link was sent to %(email)s.") % {"email": person.email}, messages.SUCCESS
        )
        return redirect("admin:accounts_user_change", person.pk)

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        """Setting "active" approves a user who is waiting for approval."""
        approved = change and obj.is_active and obj.pending_since is not None
        if approved:
            approve(user=obj, request=request)
        super().save_model(request, obj, form, change)
        if change:
            _note_changes(request, obj, set(form.changed_data), approved=approved)
        else:
            trail.record(events.ACCOUNT_MADE, user=obj, request=request)
            send_password_link(user=obj, request=request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Administrators delete their own account on its own page, so at least one always
        remains."""
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_deleted_objects(
        self, objs: Sequence[User] | QuerySet[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """List only the users; all of their data is deleted with them, as when they delete it
        themselves."""
        people = list(objs)
        refused = {"your own account"} if request.user in people else set()
        return [str(person) for person in people], {"people": len(people)}, refused, []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(user=obj, request=request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            delete_account(user=person, request=request)

    @admin.action(
        description=gettext_lazy("Approve or activate selected people"), permissions=["change"]
    )
    def activate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        waiting = list(people.exclude(pending_since=None))
        approved = sum(approve(user=person, request=request) for person in waiting)
        count = set_active(people.filter(is_active=False), active=True, request=request)
        self.message_user(
            request, _("Activated: %(count)s.") % {"count": approved + count}, messages.SUCCESS
        )

    @admin.action(description=gettext_lazy("Deactivate selected people"), permissions=["change"])
    def deactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Deactivate the selected users, except the administrator who asks."""
        others = people.filter(is_active=True).exclude(email=request.user.get_username())
        count = set_active(others, active=False, request=request)
        self.message_user(request, _("Deactivated: %(count)s.") % {"count": count})

    @admin.action(description=gettext_lazy("Block legacy tokens"), permissions=["change"])
    def bar_legacy(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in (barred := list(people.filter(legacy_allowed=True))):
            trail.record(events.LEGACY_BARRED, user=person, request=request)
        people.update(legacy_allowed=False)
        self.message_user(request, _("Blocked: %(barred)s.") % {"barred": len(barred)})

    @admin.action(
        description=gettext_lazy("Sign selected people out everywhere"), permissions=["change"]
    )
    def end_sessions(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            start_auth_epoch(user=person, reason=RevocationReason.ENDED_BY_ADMIN, request=request)
        self.message_user(request, _("Signed out: %(people)s.") % {"people": len(people)})

    @admin.action(
        description=gettext_lazy("Remove the second step of sign-in"), permissions=["change"]
    )
    def remove_second_factors(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For users who lost their phone and codes and proved their identity another way."""
        removed = sum(remove_factors(user=person, request=request) for person in people)
        self.message_user(request, _("Removed: %(removed)s.") % {"removed": removed})


def _note_changes(request: HttpRequest, person: User, changed: set[str], *, approved: bool) -> None:
    rights = [name for name in RIGHTS if name in changed]
    if rights:
        note_rights([person], changed=rights, request=request)
    if "is_active" in changed and not approved:
        note_active(person, active=person.is_active, request=request)
    if "legacy_allowed" in changed:
        event = events.LEGACY_ALLOWED if person.legacy_allowed else events.LEGACY_BARRED
        trail.record(event, user=person, request=request)
