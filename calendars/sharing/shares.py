"""Sharing calendars with other users of this Daybook: given, changed, ended, and hidden.

No answer depends on whether an address has an account here. What a recipient may see is decided in
calendars/timeline/shared.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.fields import normalise_email
from accounts.models import User
from accounts.page_versions import announce_change
from calendars.models import Calendar, HiddenShare, Share
from calendars.timeline.selection import owned_calendar
from config.web.problems import DomainError, FieldFault, Kind

MOST_SHARES = 500  # of one owner: each is a calendar shown to one person


@dataclass(frozen=True, slots=True)
class PersonShares:
    """The calendars that are shared with one address at one level, in the order of lists."""

    email: str
    level: str
    calendars: list[Calendar] = field(default_factory=list)


def shares_of(owner: User) -> list[PersonShares]:
    """Return what the owner shares, by address and level."""
    shown = Share.objects.filter(owner=owner, calendar__removed_at=None)
    ordered = shown.order_by("email", "level", "-calendar__primary", "calendar__name", "pk")
    found: dict[tuple[str, str], PersonShares] = {}
    for share in ordered.select_related("calendar"):
        group = found.setdefault((share.email, share.level), PersonShares(share.email, share.level))
        group.calendars.append(share.calendar)
    return list(found.values())


def recipients_of(calendar: Calendar) -> list[Share]:
    return list(Share.objects.filter(calendar=calendar).order_by("email"))


@transaction.atomic
def share_calendars(
    *, owner: User, email: str, calendar_ids: Collection[UUID], level: str
) -> PersonShares:
    """Show exactly these calendars to an address at a level. Raises DomainError.

    Calendars that the address had at this level and that aren't among them are no longer shared;
    those at the other level stay unless they are among them.
    """
    calendars = _own(owner, calendar_ids)
    email = _recipient(owner, email)
    of_email = Share.objects.filter(owner=owner, email=email)
    of_email.filter(level=level).exclude(calendar__in=calendars).delete()
    _give(owner, calendars, email, level)
    return PersonShares(email, level, calendars)


@transaction.atomic
def share_calendar(*, owner: User, calendar_id: UUID, email: str, level: str) -> None:
    """Show one more calendar to an address, or change its level. Raises DomainError."""
    calendar = owned_calendar(owner=owner, calendar_id=calendar_id)
    _give(owner, [calendar], _recipient(owner, email), level)


def _recipient(owner: User, email: str) -> str:
    email = normalise_email(email)
    if EmailAddress.objects.filter(user=owner, email=email).exists():
        _refuse("email", "own-address", _("This is your own address. Enter another person's."))
    return email


def _give(owner: User, calendars: Collection[Calendar], email: str, level: str) -> None:
    Share.objects.bulk_create(
        (Share(owner=owner, calendar=one, email=email, level=level) for one in calendars),
        update_conflicts=True,
        unique_fields=["calendar", "email"],
        update_fields=["level"],
    )
    if Share.objects.filter(owner=owner).count() > MOST_SHARES:
        message = _("You can share at most %(count)s times. End shares that aren't needed.")
        raise DomainError(Kind.CONFLICT, "too-many-shares", message % {"count": MOST_SHARES})
    _announce_to([email])


@transaction.atomic
def end_shares(*, owner: User, email: str, calendar_id: UUID | None = None) -> None:
    """Stop sharing with an address, one calendar or all. Raises DomainError NOT_FOUND."""
    ended = Share.objects.filter(owner=owner, email=normalise_email(email))
    if calendar_id is not None:
        ended = ended.filter(calendar=calendar_id)
    if not ended.delete()[0]:
        raise DomainError(
            Kind.NOT_FOUND, "not-found", _("You don't share a calendar with this address.")
        )
    _announce_to([normalise_email(email)])


@transaction.atomic
def show_shared(*, reader: User, calendar_id: UUID, shown: bool) -> None:
    """Show or hide a calendar that is shared with the reader, in all views. Raises DomainError."""
    received = Share.objects.received_by(reader.pk).filter(calendar=calendar_id)
    shares = list(received.values_list("pk", flat=True))
    if not shares:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Calendar not found."))
    _hide(reader, hidden=() if shown else shares, among=shares)


@transaction.atomic
def select_shared(*, reader: User, chosen: Collection[str], offered: Collection[str]) -> None:
    """Show exactly the chosen of the shared calendars that a form offered; the ids of others are
    ignored."""
    received = Share.objects.received_by(reader.pk).values_list("pk", "calendar_id")
    shares = [(pk, str(calendar_id)) for pk, calendar_id in received]
    _hide(
        reader,
        hidden=[pk for pk, calendar_id in shares if calendar_id not in chosen],
        among=[pk for pk, calendar_id in shares if calendar_id in offered],
    )


def _hide(reader: User, *, hidden: Collection[UUID], among: Collection[UUID]) -> None:
    """Of the shares among which the reader chooses, hide exactly these."""
    HiddenShare.objects.filter(reader=reader, share__in=among).exclude(share__in=hidden).delete()
    HiddenShare.objects.bulk_create(
        (HiddenShare(share_id=pk, reader=reader) for pk in hidden if pk in among),
        ignore_conflicts=True,
    )


def announce_to_recipients(owner: User, *, calendar_ids: Collection[UUID] | None = None) -> None:
    """Update the open pages of all who receive these calendars, or anything, of the owner."""
    shares = Share.objects.filter(owner=owner)
    if calendar_ids is not None:
        shares = shares.filter(calendar__in=calendar_ids)
    _announce_to(list(shares.values_list("email", flat=True).distinct()))


def _announce_to(emails: list[str]) -> None:
    """Open pages of the recipients show at once what is shared with them."""
    confirmed = EmailAddress.objects.filter(email__in=emails, verified=True)
    for reader_id in confirmed.values_list("user_id", flat=True):
        announce_change(reader_id)


def _own(owner: User, calendar_ids: Collection[UUID]) -> list[Calendar]:
    found = list(Calendar.objects.of(owner.pk).filter(pk__in=calendar_ids).shown())
    if not found:
        _refuse("calendars", "required", _("Choose at least one of your calendars."))
    if len(found) != len(set(calendar_ids)):
        _refuse("calendars", "unknown-calendar", _("You don't have a calendar with this ID."))
    return found


def _refuse(name: str, code: str, message: str) -> None:
    faults = [FieldFault(name, code, message)]
    raise DomainError(Kind.INVALID, "invalid", message, faults=faults)
