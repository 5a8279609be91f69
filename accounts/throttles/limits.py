"""Rate limits per address, per account, and per account and address.

No limit locks an owner out of an account under attack. Attempts on an account are delayed for
the address they come from. If many addresses attack at once, limits tighten for each address
that never signed in to the account, and stay as they are for the others. So an owner's first
attempt from a new place always counts. A known device has its own counters, which attackers
cannot affect.
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
from accounts.throttles.store import AccountRule, Bucket, Decision, Pauses, ThrottleStore
from config.database.redis import KEY_PREFIX
from config.web.problems import TITLES, DomainError, Kind, try_again_in

IPV6_PREFIX = 64  # one household or machine
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
    # Expensive operations, per user.
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
# A code has six digits: 100 attempts an hour from unknown places give a chance of one in 10,000.
# Known devices and addresses are not affected, and changing the password stops the attack.
CODES = replace(UNKNOWN, most_strangers=100)
GENTLE = Pauses(free=10, first_seconds=1, longest_seconds=60)
KNOWN = AccountRule(usual=GENTLE, attacked=GENTLE, attack_threshold=50, memory_seconds=HOUR)
_store = ThrottleStore()


@dataclass(slots=True)
class Attempt:
    """One counted attempt, which counts unless it is given back."""

    keys: list[str]
    action: str
    known: bool = False
    failed: bool = False

    @property
    def bucket(self) -> Bucket:
        return BUCKETS[self.action]

    @property
    def rule(self) -> AccountRule | None:
        """Returns None if no account is named."""
        if len(self.keys) == 1:
            return None
        return KNOWN if self.known else CODES if self.action == SECOND_STEP else UNKNOWN

    def give_back(self) -> None:
        _store.give_back(self.keys, self.bucket, known=self.known)


@contextmanager
def attempting(request: HttpRequest, action: str, *, account: str = "") -> Iterator[Attempt]:
    """Count an attempt before it is made, so that concurrent attempts can't exceed a limit.

    It is given back unless `failed` is set in the block or the block raises DomainError
    UNAUTHENTICATED: successes and our own errors don't count. Raises DomainError
    `too-many-attempts` with the seconds to wait.
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
    """Count only refusals, for frequent requests whose credential can't be guessed.

    Above the limit, `too-many-attempts` replaces the refusal.
    """
    try:
        yield
    except DomainError as error:
        if error.kind is Kind.UNAUTHENTICATED:
            _admit(request, action, "")
        raise


def count_attempt(request: HttpRequest, action: str) -> None:
    """Count an attempt that costs the same whether or not it succeeds, such as an email. Raises
    DomainError."""
    _admit(request, action, "")


def count_for_person(person: User, action: str) -> None:
    """Count an expensive operation per user, from any address. Raises DomainError."""
    attempt = Attempt([_key(action, "person", str(person.public_id))], action)
    decision = _ask(attempt)
    if decision.wait_seconds > 0:
        raise _too_many(decision)


def _admit(request: HttpRequest, action: str, account: str) -> Attempt:
    ip = Client.of(request).ip
    device = device_of(request, account) if account else ""
    keys = _keys(action, device or network_of(ip), account)
    attempt = Attempt(keys, action, known=bool(device))
    decision = _ask(attempt)
    if decision.limit in ("pair", "account") and not attempt.known and _has_signed_in(account, ip):
        attempt.known = True
        decision = _ask(attempt)
    if decision.wait_seconds > 0:
        trail.record(
            events.SIGN_IN_THROTTLED,
            user=User.objects.filter(email=account).first() if account else None,
            request=request,
            outcome=events.REFUSED,
            reason=f"{action}: {decision.limit}",
        )
        raise _too_many(decision)
    return attempt


def _ask(attempt: Attempt) -> Decision:
    return _store.admit(attempt.keys, attempt.bucket, attempt.rule, known=attempt.known)


def _has_signed_in(account: str, ip: str | None) -> bool:
    """Whether this address signed in to the account before, by the audit log.

    An unknown account takes the same statements, so that timing reveals nothing.
    """
    owner_id = User.objects.filter(email=account).values_list("pk", flat=True).first() or 0
    with acting_as(user_id=owner_id, method=SIGN_IN):
        return AuditEvent.objects.filter(
            user_id=owner_id, event=events.SIGN_IN, outcome=events.OK, ip=ip
        ).exists()


def _too_many(decision: Decision) -> DomainError:
    seconds = math.ceil(decision.wait_seconds)
    return DomainError(
        Kind.THROTTLED,
        "too-many-attempts",
        f"{TITLES[429]}. {try_again_in(seconds)}",
        retryable=True,
        retry_after_seconds=seconds,
    )


def _keys(action: str, place: str, account: str) -> list[str]:
    """Return the keys of the counters. `place` is the client's network or the known device."""
    keys = [_key(action, "address", place)]
    if account:
        keys += [_key(action, "pair", place, account), _key(action, "account", account)]
    return keys


def _key(*parts: str) -> str:
    """Return a digest, so that Redis contains no address and no account."""
    action, kind, *about = parts
    digest = salted_hmac("accounts.throttles", "\n".join(about)).hexdigest()
    return f"{KEY_PREFIX}throttle:{action}:{kind}:{digest[:32]}"


def network_of(ip: str | None) -> str:
    """Return the network to count by: an IPv6 host has many addresses."""
    if ip is None:
        return "unknown"
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)
