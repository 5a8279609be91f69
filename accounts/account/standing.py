"""What administrators decide about an account: active or not, its rights, a link to a password."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest

from accounts.audit import events, trail
from accounts.models import User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def set_active(people: Iterable[User], *, active: bool, request: HttpRequest) -> int:
    """Gives how many were not so before. Tokens of an inactive person are refused at once."""
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
    """`changed` names the fields, or the group whose permissions changed."""
    details = {"changed": ", ".join(changed)}
    for person in people:
        trail.record(events.RIGHTS_CHANGED, user=person, request=request, details=details)


def send_password_link(*, user: User, request: HttpRequest) -> None:
    """Mails a link by which the person alone chooses the password; staff never know one."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    address = get_adapter(request).get_reset_password_from_key_url(key)
    trail.record(events.PASSWORD_RESET_ASKED, user=user, request=request)
    get_adapter(request).send_mail("accounts/mail/password_link", user.email, {"address": address})
