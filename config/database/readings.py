"""Where in a URL the password ends, when it may have been written raw.

Every `@` may be the one before the host, and there may be none. What stands behind it must read
as `hosts/name?parameters`, of which hosts and parameters have strict forms; what stands before it
as `user:password`, of which the password alone may hold anything. Where exactly one place fits, it
is that one: for raw passwords it is the last `@` before the host. Where several fit, the URL is
refused, since the password would go to a host that may not be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.database.errors import AMBIGUOUS, UNREADABLE, InvalidDatabaseURL
from config.database.hosts import Address, read_addresses
from config.database.parameters import read_parameters

PLACE = re.compile(r"(?P<hosts>[^/?#@\s]*)(?:/(?P<name>[^/?#\s]*))?(?:\?(?P<query>[^#]*))?")
USER = re.compile(r"[^/?#\[\]\s]*")


@dataclass(frozen=True, repr=False)
class Reading:
    """The parts of a URL; user, password and name as they were written."""

    user: str
    password: str
    addresses: list[Address]
    name: str
    parameters: dict[str, str]


def read(rest: str) -> Reading:
    """The one reading of what follows the `//`. Raises InvalidDatabaseURL."""
    found = []
    refusal = InvalidDatabaseURL(UNREADABLE)
    for cut in [-1, *(at for at, character in enumerate(rest) if character == "@")]:
        try:
            found.append(_read_at(rest, cut))
        except InvalidDatabaseURL as error:
            refusal = error
    if not found:
        raise InvalidDatabaseURL(str(refusal))
    # A name with a raw @ may be the end of a password, and a name may be shown.
    if len(found) > 1 or "@" in found[0].name:
        raise InvalidDatabaseURL(AMBIGUOUS)
    return found[0]


def _read_at(rest: str, cut: int) -> Reading:
    """With the host beginning behind `cut`; -1: no user is named."""
    user, _, password = rest[: max(cut, 0)].partition(":")
    place = PLACE.fullmatch(rest, cut + 1)
    if place is None or not USER.fullmatch(user):
        raise InvalidDatabaseURL(UNREADABLE)
    return Reading(
        user=user,
        password=password,
        addresses=read_addresses(place["hosts"]),
        name=place["name"] or "",
        parameters=read_parameters(
            place["query"] or "", may_name=cut >= 0 and place["name"] is not None
        ),
    )
