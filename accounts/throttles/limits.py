"""How often somebody may try: by address, by account, and by account from an address.

No limit locks a person out of an account that others attack. Tries at one account are paused
for the address they come from; that many addresses try at once makes addresses strict that
never signed in to the account, one by one, and leaves those that did as they are. So the first
try of an owner at a new place is always heard. A device that opened the account before has
counts of its own: neither the account's nor its address's attackers can slow it.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.audit import events, trail
from accounts.clients import Client
from accounts.models import AuditEvent, User
from accounts.security_context import acting_as
from accounts.throttles.devices import device_of
from accounts.throttles.store import AccountRule, Bucket, Pauses, ThrottleStore, Verdict
from config.database.redis import KEY_PREFIX
from config.web.problems import TITLES, DomainError, Kind, try_again_in

IPV6_PREFIX = 64  # what one household or machine holds
SIGN_IN = "sign-in"
SECOND_STEP = "second-step"
REFRESH = "refresh"
EXCHANGE = "exchange"
EXPORT = "export"
FULL_SYNC = "full-sync"
PICTURE = "picture"
BUCKETS = {
    SIGN_IN: Bucket(interval_seconds=2, burst=60),
    SECOND_STEP: Bucket(interval_seconds=2, burst=60),
    REFRESH: Bucket(interval_seconds=0.5, burst=120),
    EXCHANGE: Bucket(interval_seconds=2, burst=60),
    # What costs the machine much, by person.
    EXPORT: Bucket(interval_seconds=600, burst=3),
    FULL_SYNC: Bucket(interval_seconds=600, burst=6),
    PICTURE: Bucket(interval_seconds=20, burst=20),
    "sign-up": Bucket(interval_seconds=30, burst=20),
    "password-reset": Bucket(interval_seconds=30, burst=20),
    "password-reset-key": Bucket(interval_seconds=10, burst=20),
}
HOUR = 3600
UNKNOWN = AccountRule(
    usual=Pauses(free=5, first_seconds=1, longest_seconds=900),
    attacked=Pauses(free=1, first_seconds=30, longest_seconds=HOUR),
    attack_threshold=50,
    memory_seconds=HOUR,
)
# A code has six digits: 100 an hour from places that never opened the account are one chance in
# 10,000. Known devices and addresses go on, and a changed password ends what reaches the code.
CODES = replace(UNKNOWN, most_strangers=100)
GENTLE = Pauses(free=10, first_seconds=1, longest_seconds=60)
KNOWN = AccountRule(usual=GENTLE, attacked=GENTLE, attack_threshold=50, memory_seconds=HOUR)
_store = ThrottleStore()


@dataclass(slots=True)
class Attempt:
    """One counted try. It stands unless it is given back."""

    keys: list[str]
    action: str
    known: bool = False
    failed: bool = False

    @property
    def bucket(self) -> Bucket:
        return BUCKETS[self.action]

    @property
    def rule(self) -> AccountRule | None:
        """None where no account is named."""
        if len(self.keys) == 1:
            return None
        return KNOWN if self.known else CODES if self.action == SECOND_STEP else UNKNOWN

    def give_back(self) -> None:
        _store.give_back(self.keys, self.bucket, known=self.known)


@contextmanager
def attempting(request: HttpRequest, action: str, *, account: str = "") -> Iterator[Attempt]:
    """Counts a try before it is made, so that tries side by side pass no limit.

    It is given back unless `failed` is set in the block or the block raises DomainError
    UNAUTHENTICATED: what worked, and what broke on our side, costs the asker nothing. Raises
    DomainError `too-many-attempts` with the seconds to wait.
    """
    attempt = _admit(request, action, account)
    try:
        yield attempt
    except DomainError as error:
        attempt.failed = attempt.failed or error.kind is Kind.UNAUTHENTICATED
        raise
    finally:
        if not attempt.failed:
            attempt.give_back()


@contextmanager
def counting_refusals(request: HttpRequest, action: str) -> Iterator[None]:
    """For what nobody can guess and everybody does all day: only a refusal is counted, once known.

    Over the limit `too-many-attempts` stands in for the refusal.
    """
    try:
        yield
    except DomainError as error:
        if error.kind is Kind.UNAUTHENTICATED:
            _admit(request, action, "")
        raise


def count_attempt(request: HttpRequest, action: str) -> None:
    """For what costs us something whether or not it works, as a mail does. Raises DomainError."""
    _admit(request, action, "")


def count_for_person(person: User, action: str) -> None:
    """For what costs much and its owner alone may ask for, from any address. Raises DomainError."""
    attempt = Attempt([_key(action, "person", str(person.public_id))], action)
    verdict = _ask(attempt)
    if verdict.wait_seconds > 0:
        raise _too_many(verdict)


def _admit(request: HttpRequest, action: str, account: str) -> Attempt:
    ip = Client.of(request).ip
    device = device_of(request, account) if account else ""
    keys = _keys(action, device or network_of(ip), account)
    attempt = Attempt(keys, action, known=bool(device))
    verdict = _ask(attempt)
    if verdict.limit in ("pair", "account") and not attempt.known and _has_signed_in(account, ip):
        attempt.known = True
        verdict = _ask(attempt)
    if verdict.wait_seconds > 0:
        trail.record(
            events.SIGN_IN_THROTTLED,
            user=User.objects.filter(email=account).first() if account else None,
            request=request,
            outcome=events.REFUSED,
            reason=f"{action}: {verdict.limit}",
        )
        raise _too_many(verdict)
    return attempt


def _ask(attempt: Attempt) -> Verdict:
    return _store.admit(attempt.keys, attempt.bucket, attempt.rule, known=attempt.known)


def _has_signed_in(account: str, ip: str | None) -> bool:
    """Whether this address opened the account before, by the audit log of its owner.

    An account that nobody has costs the same statements, so that time does not tell it.
    """
    owner_id = User.objects.filter(email=account).values_list("pk", flat=True).first() or 0
    with acting_as(user_id=owner_id, method=SIGN_IN):
        return AuditEvent.objects.filter(
            user_id=owner_id, event=events.SIGN_IN, outcome=events.OK, ip=ip
        ).exists()


def _too_many(verdict: Verdict) -> DomainError:
    seconds = math.ceil(verdict.wait_seconds)
    return DomainError(
        Kind.THROTTLED,
        "too-many-attempts",
        f"{TITLES[429]}. {try_again_in(seconds)}",
        retryable=True,
        retry_after_seconds=seconds,
    )


def _keys(action: str, place: str, account: str) -> list[str]:
    """`place` is the network that is asked from, or the known device."""
    keys = [_key(action, "address", place)]
    if account:
        keys += [_key(action, "pair", place, account), _key(action, "account", account)]
    return keys


def _key(*parts: str) -> str:
    """No address and no account can be read in the shared memory."""
    action, kind, *about = parts
    digest = salted_hmac("accounts.throttles", "\n".join(about)).hexdigest()
    return f"{KEY_PREFIX}throttle:{action}:{kind}:{digest[:32]}"


def network_of(ip: str | None) -> str:
    """The address that is counted: an IPv6 host has as many addresses as it likes."""
    if ip is None:
        return "unknown"
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)
