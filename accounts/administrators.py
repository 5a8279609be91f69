"""Who may run Daybook: superusers, and staff in a group with the permissions of its own pages."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet

from accounts.account.personal_rows import registered
from accounts.models import User
from accounts.password_backend import PasswordBackend

GROUP: Final = "Administrators"
_CHANGE_PEOPLE = "accounts.change_user"


def administrators_group() -> Group:
    """Made when it is not there, with every permission on what is in an app with people's rows:
    not on groups or on the schedule, by which one could take any right. An operator may change
    what it holds."""
    group, is_new = Group.objects.get_or_create(name=GROUP)
    if is_new:
        apps = {User._meta.app_label, *(rows.name for rows in registered())}
        group.permissions.set(Permission.objects.filter(content_type__app_label__in=apps))
    return group


def who_may_approve() -> QuerySet[User]:
    """The active people who can let in somebody who signed up."""
    people: QuerySet[User] = PasswordBackend().with_perm(_CHANGE_PEOPLE)
    return people.filter(is_staff=True)


def within_reach(people: QuerySet[User], *, of: User) -> QuerySet[User]:
    """Whom somebody may administer: who is no superuser cannot reach staff, because to set a
    superuser's password is to become one."""
    return people if of.is_superuser else people.filter(is_staff=False, is_superuser=False)
