"""Groups and addresses in the administration pages: both decide who may do what as whom."""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.account.standing import note_rights
from accounts.admin.recent_sign_in import RecentSignInAdmin
from accounts.models import User

# What is in a confirmation opens an account's address.
for model in (Group, EmailAddress, EmailConfirmation):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(RecentSignInAdmin, DjangoGroupAdmin):
    """A change of a group's permissions is a change of its members' rights."""

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
