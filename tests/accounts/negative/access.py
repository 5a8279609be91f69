"""Access tokens in another state of the world, and headers that are none."""

from __future__ import annotations

import socket
import uuid
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import timezone

from accounts.models import RevocationReason, Session, User
from accounts.sessions.lifecycle import end_session
from tests.accounts.forge import claims_of, our_header, sign
from tests.accounts.forgeries import with_claims
from tests.accounts.negative.cases import case
from tests.accounts.negative.world import WHOAMI, World, assert_let_in, assert_refused
from tests.factories import make_session, make_user


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


@case(8)
def a_step_up_does_not_take_the_old_word(world: World) -> None:
    traded = world.post("/api/v1/auth/token/exchange", token=world.legacy).json()["access"]
    for token in (world.legacy, traded):
        line = f"Authorization: Bearer {token}".encode()
        for method, path in (("GET", "/api/v1/account/export"), ("DELETE", "/api/v1/account")):
            reply = world.send(method, path, [line])
            assert reply.status == 403, reply.body
            assert reply.json()["code"] == "insufficient-user-authentication"
            challenge = reply.headers["WWW-Authenticate"]
            assert 'error="insufficient_user_authentication"' in challenge
    assert User.objects.filter(pk=world.olga.pk, is_active=True).exists()


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
