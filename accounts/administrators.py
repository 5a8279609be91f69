"""Administrators: superusers, and staff in a group with permissions on the admin pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.account.personal_data import registered
from accounts.audit import events, trail
from accounts.models import User
from accounts.password_backend import PasswordBackend
from accounts.reading import for_reader

GROUP: Final = "Administrators"
_CHANGE_PEOPLE = "accounts.change_user"
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def administrators_group() -> Group:
    """Get or create the administrators group.

    A new group has every permission on the apps that hold users' rows, but none on groups or on
    the schedule, through which its members could grant themselves any right. An operator may
    change its permissions."""
    group, is_new = Group.objects.get_or_create(name=GROUP)
    if is_new:
        apps = {User._meta.app_label, *(rows.name for rows in registered())}
        group.permissions.set(Permission.objects.filter(content_type__app_label__in=apps))
    return group


def approvers() -> QuerySet[User]:
    """Active users who can approve a sign-up."""
    people: QuerySet[User] = PasswordBackend().with_perm(_CHANGE_PEOPLE)
    return people.filter(is_staff=True)


def within_reach(people: QuerySet[User], *, of: User) -> QuerySet[User]:
    """Users whom an administrator may change. Without superuser rights that excludes staff,
    because resetting a superuser's password amounts to becoming one."""
    return people if of.is_superuser else people.filter(is_staff=False, is_superuser=False)


def set_active(people: Iterable[User], *, active: bool, request: HttpRequest) -> int:
    """Activate or deactivate users; return how many changed. An inactive user's tokens are
    refused immediately."""
    changed = [
        person
        for person in people
        if User.objects.filter(pk=person.pk).exclude(is_active=active).update(is_active=active)
    ]
    for person in changed:
        note_active(person, active=active, request=request)
    return len(changed)


def note_active(person: User, *, active: bool, request: HttpRequest) -> None:
    event = events.ACCOUNT_ACTIVATED if active else events.ACCOUNT_DEACTIVATED
    trail.record(event, user=person, request=request)


def note_rights(people: Iterable[User], *, changed: Iterable[str], request: HttpRequest) -> None:
    """Record a change of rights. `changed` names the fields, or the group whose permissions
    changed."""
    details = {"changed": ", ".join(changed)}
    for person in people:
        trail.record(events.RIGHTS_CHANGED, user=person, request=request, details=details)


def send_password_link(*, user: User, request: HttpRequest) -> None:
    """Email a link through which only the user sets the password; staff never learn it."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    address = get_adapter(request).get_reset_password_from_key_url(key)
    trail.record(events.PASSWORD_RESET_ASKED, user=user, request=request)
    with for_reader(user):
        adapter = get_adapter(request)
        adapter.send_mail("accounts/mail/password_link", user.email, {"address": address})
