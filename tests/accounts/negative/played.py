"""Cases that need more than one request, or another state of the world."""

from __future__ import annotations

import itertools
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import timezone

from accounts.models import RevocationReason, Session, User
from accounts.refresh_tokens import RefreshToken
from accounts.sessions import end_session
from config.encryption import keyring
from tests.accounts.forge import claims_of, our_header, sign
from tests.accounts.forgeries import with_claims
from tests.accounts.negative.world import WHOAMI, Reply, World, assert_let_in, assert_refused
from tests.accounts.race import RACERS, race
from tests.factories import PASSWORD, make_session, make_user
from tests.hashers import CountingArgon2

LOGOUT = "/api/v1/auth/logout"


@dataclass(frozen=True)
class Played:
    number: int
    what: str
    play: Callable[[World], None]


CASES: list[Played] = []


def case(number: int) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def enlist(play: Callable[[World], None]) -> Callable[[World], None]:
        CASES.append(Played(number, play.__name__, play))
        return play

    return enlist


def status_of_refresh(world: World, refresh: str) -> int:
    reply = world.refresh(refresh)
    if reply.status != 200:
        assert reply.json()["code"] == "refresh-refused"
    return reply.status


def now() -> int:
    return int(timezone.now().timestamp())


@case(6)
def barred_from_the_old_format(world: World) -> None:
    assert_let_in(world.present(world.legacy), world.olga, "legacy")
    User.objects.filter(pk=world.olga.pk).update(legacy_allowed=False)
    assert_refused(world.present(world.legacy), statements=1)


@case(7)
def after_sunset_or_issued_after_the_cutoff(world: World) -> None:
    world.settings.LEGACY_JWT_ISSUED_BEFORE = timezone.now() - timedelta(minutes=1)
    assert_refused(world.present(world.legacy))
    world.settings.LEGACY_JWT_ISSUED_BEFORE = None
    assert_let_in(world.present(world.legacy), world.olga, "legacy")
    world.settings.LEGACY_JWT_SUNSET = timezone.now()
    assert_refused(world.present(world.legacy))


@case(14)
def retired_and_overlapping_keys(world: World) -> None:
    access, former = world.tokens.access, world.settings.TOKEN_SIGNING_KEYS
    key = ec.generate_private_key(ec.SECP256R1())
    new = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    world.settings.TOKEN_SIGNING_KEYS = f"{new}\n{former}"
    assert_let_in(world.present(access), world.alice)
    world.settings.TOKEN_SIGNING_KEYS = new
    assert_refused(world.present(access))


@case(15)
def no_address_in_a_header_is_asked(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bait:
        url = f"http://127.0.0.1:{bait.getsockname()[1]}/"
        for name in ("jku", "x5u", "jwk", "x5c", "kid"):
            forged = sign(our_header(**{name: url}), claims_of(world.tokens.access))
            assert_refused(world.present(forged))
        bait.setblocking(False)
        try:
            bait.accept()
        except BlockingIOError:
            return
        raise AssertionError("the server asked an address out of a token")


@case(17)
def access_as_refresh(world: World) -> None:
    for token in (world.tokens.access, world.legacy):
        reply = world.refresh(token)
        assert (reply.status, reply.json()["code"]) == (401, "refresh-refused")
        assert reply.statements == 0


@case(22)
def an_old_epoch(world: World) -> None:
    access = world.tokens.access
    User.objects.filter(pk=world.alice.pk).update(auth_epoch=2)
    assert_refused(world.present(access), statements=1)


@case(23)
def four_reasons_one_body(world: World) -> None:
    people = [make_user(f"person{number}@example.org") for number in range(3)]
    inactive, deleted, revoked = (make_session(person) for person in people)
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    people[1].delete()
    session = Session.objects.get(pk=revoked.session_id)
    end_session(session=session, reason=RevocationReason.SIGNED_OUT)
    unknown = with_claims(sub=str(uuid.uuid4()))(world.tokens.access)

    tokens = [inactive.access, deleted.access, revoked.access, unknown]
    replies = [world.present(token) for token in tokens]

    assert len({reply.body for reply in replies}) == 1
    for reply in replies:
        assert_refused(reply, statements=1)


@case(26)
def no_header(world: World) -> None:
    reply = world.ask([])
    assert (reply.status, reply.json()["code"]) == (401, "not-authenticated")
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert reply.statements == 0


@case(27)
def headers_that_cannot_be_read(world: World) -> None:
    good = b"Authorization: Bearer " + world.tokens.access.encode()
    for lines in ([b"Authorization: Bearer"], [good + b" more"], [good, good]):
        reply = world.ask(lines)
        assert (reply.status, reply.json()["code"]) == (400, "invalid-request")
        assert reply.headers["WWW-Authenticate"].endswith('error="invalid_request"')
        assert reply.statements == 0


@case(28)
def bearer_in_any_case(world: World) -> None:
    for scheme in (b"bearer", b"BEARER", b"bEARER"):
        for token, user, method in (
            (world.tokens.access, world.alice, "enhanced"),
            (world.legacy, world.olga, "legacy"),
        ):
            reply = world.ask([b"Authorization: " + scheme + b" " + token.encode()])
            assert_let_in(reply, user, method)


@case(29)
def a_token_elsewhere_is_not_seen(world: World) -> None:
    for token in (world.tokens.access, world.legacy):
        assert world.ask([], path=f"{WHOAMI}?access_token={token}").status == 401
        assert world.post(WHOAMI, {"access_token": token}).status == 401


@case(31)
def the_header_wins_over_the_cookie(world: World) -> None:
    assert_let_in(world.present(world.tokens.access, cookie=world.cookie), world.alice)
    assert_let_in(world.ask([], cookie=world.cookie), world.bob, "cookie")
    reply = world.send("POST", WHOAMI, [f"Cookie: {world.cookie}".encode()])
    assert reply.status == 403


@case(32)
def eight_parallel_refreshes(world: World) -> None:
    refresh = world.tokens.refresh
    replies = race(*itertools.repeat(lambda: world.refresh(refresh), RACERS))
    assert [reply.status for reply in replies] == [200] * RACERS
    assert len({reply.json()["refresh"] for reply in replies}) == 1


@case(33)
def a_lost_answer(world: World) -> None:
    lost = world.refresh(world.tokens.refresh).json()["refresh"]
    for waited in (timedelta(seconds=1), timedelta(hours=6)):
        Session.objects.update(rotated_at=timezone.now() - waited)
        assert world.refresh(world.tokens.refresh).json()["refresh"] == lost


@case(34)
def the_parent_after_confirmation(world: World) -> None:
    child = world.refresh(world.tokens.refresh).json()
    assert_let_in(world.present(child["access"]), world.alice)
    Session.objects.update(rotated_at=timezone.now() - timedelta(seconds=31))
    assert status_of_refresh(world, world.tokens.refresh) == 401
    for access in (world.tokens.access, child["access"]):
        assert_refused(world.present(access), statements=1)
    assert status_of_refresh(world, child["refresh"]) == 401


@case(35)
def a_flipped_bit_or_a_future_generation(world: World) -> None:
    text = world.tokens.refresh
    session = Session.objects.get(pk=world.tokens.session_id)
    context = f"accounts.session.sealed_key:{session.pk}"
    key = keyring().open(bytes(session.sealed_key), context=context)
    future = RefreshToken(1, session.pk, session.gen + 1).sign(key)
    for forged in (f"{text[:-2]}{chr(ord(text[-2]) ^ 1)}{text[-1]}", future):
        assert status_of_refresh(world, forged) == 401
    assert_let_in(world.present(world.tokens.access), world.alice)
    assert status_of_refresh(world, text) == 200


@case(36)
def past_the_absolute_end(world: World) -> None:
    ended_at = timezone.now() - timedelta(seconds=1)
    child = world.refresh(world.tokens.refresh).json()
    Session.objects.update(expires_at=ended_at, idle_expires_at=ended_at)
    assert status_of_refresh(world, child["refresh"]) == 401
    assert_refused(world.present(child["access"]), statements=1)


@case(37)
def logout_races_a_refresh(world: World) -> None:
    def refresh() -> Reply:
        return world.refresh(world.tokens.refresh)

    replies = race(lambda: world.post(LOGOUT, token=world.tokens.access), *[refresh] * 4)
    assert replies[0].status == 204
    pairs = [reply.json() for reply in replies[1:] if reply.status == 200]
    for access in [world.tokens.access, *(pair["access"] for pair in pairs)]:
        assert_refused(world.present(access), statements=1)
    for pair in pairs:
        assert status_of_refresh(world, pair["refresh"]) == 401


@case(41)
def one_answer_to_every_bad_sign_in(world: World) -> None:
    world.settings.PASSWORD_HASHERS = ["tests.hashers.CountingArgon2"]
    make_user("inactive@example.org", is_active=False)
    make_user("locked@example.org", password=None)
    bodies, runs = [], []
    for email, password in (
        ("nobody@example.org", PASSWORD),
        (world.bob.email, "not the password"),
        ("inactive@example.org", PASSWORD),
        ("locked@example.org", PASSWORD),
    ):
        with CountingArgon2.counting() as counter:
            reply = world.post("/api/v1/auth/token", {"email": email, "password": password})
        assert reply.status == 401
        bodies.append(reply.body)
        runs.append(counter.runs)
    assert len(set(bodies)) == 1
    assert runs == [1] * 4


@case(43)
def the_session_store_is_down(world: World) -> None:
    tokens, old = world.tokens, world.legacy
    with world.database_away():
        replies = [world.present(tokens.access), world.present(old), world.refresh(tokens.refresh)]
    assert [reply.status for reply in replies] == [503] * 3
    assert_let_in(world.present(tokens.access), world.alice)
