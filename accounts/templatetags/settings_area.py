"""The places of the settings, for their rail and their list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the settings. `name` is its URL's; `within` are the beginnings of the addresses at
    which it is marked, by default its own."""

    name: str
    title: Text
    about: Text = ""
    icon: str = ""
    within: tuple[str, ...] = ()
    parts: tuple[Place, ...] = ()


PLACES = (
    Place(
        "settings-profile",
        _("Profile"),
        _("Your name, contacts, addresses and picture"),
        "person",
        parts=(Place("settings-history", _("History")),),
    ),
    Place(
        "settings-time",
        _("Time and language"),
        _("Time zone, language, clock, weeks and theme"),
        "clock",
    ),
    Place(
        "settings-calendars",
        _("Calendars and accounts"),
        _("Connected accounts, calendars and their colours"),
        "month",
    ),
    Place(
        "settings-categories",
        _("Categories"),
        _("What your events are about, with colours and keywords"),
        "tag",
    ),
    Place(
        "settings-notifications",
        _("Notifications"),
        _("Reminders by email, on open pages and on your devices"),
        "bell",
    ),
    Place(
        "settings-security",
        _("Security"),
        _("Password, two steps, passkeys, devices and log"),
        "key",
        ("/settings/security/", "/accounts/"),
        parts=(
            Place("account_change_password", _("Password"), within=("/accounts/password/",)),
            Place(
                "mfa_index",
                _("Two-step sign-in"),
                within=("/accounts/2fa/totp/", "/accounts/2fa/recovery-codes/"),
            ),
            Place("mfa_list_webauthn", _("Passkeys"), within=("/accounts/2fa/webauthn/",)),
            Place("settings-devices", _("Devices")),
            Place("account_email", _("Email addresses")),
            Place("settings-log", _("Security log")),
        ),
    ),
    Place(
        "settings-data",
        _("Your data"),
        _("Download everything, or delete your account"),
        "download",
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place as a page shows it: `current` is "page" for the page itself, "true" above it."""

    title: Text
    about: Text
    icon: str
    address: str
    current: str = ""
    parts: list[Link] = field(default_factory=list)


@register.inclusion_tag("settings/_rail.html", takes_context=True)
def settings_rail(context: dict[str, Any]) -> dict[str, Any]:
    """The rail. The parts of a place are shown only within it."""
    return {"places": list(_links(context["request"], PLACES))}


@register.simple_tag(takes_context=True)
def settings_places(context: dict[str, Any]) -> list[Link]:
    return list(_links(context["request"], PLACES))


def _links(request: HttpRequest, places: tuple[Place, ...]) -> Iterator[Link]:
    for place in places:
        try:
            address = reverse(place.name)
        except NoReverseMatch:
            continue
        is_within = request.path.startswith(place.within or address)
        parts = list(_links(request, place.parts)) if is_within else []
        current = "page" if request.path == address else "true" if is_within else ""
        yield Link(place.title, place.about, place.icon, address, current, parts)
