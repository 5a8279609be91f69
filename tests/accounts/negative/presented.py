"""Cases that are one presented token, each with the refusal that it gets.

G is refused before the database is asked, X says that the token expired, U is G's answer after
the one statement that finds the session or the person.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.tokens import default_token_generator

from tests.accounts.forge import assemble, claims_of, encode, our_header, sign, sign_hmac
from tests.accounts.forgeries import (
    CLAIMS,
    EXTENSIONS,
    NOT_IDS,
    NOT_KIDS,
    NOT_TIMES,
    OUR_PUBLIC_KEY,
    TIMES,
    Forgery,
    hmac_under,
    json_serialisation,
    stranger_under_our_kid,
    unknown_key,
    with_claims,
    with_header,
    with_raw_claim,
    with_signature,
    without_claim,
    without_header_member,
)
from tests.accounts.negative.world import World, assert_refused
from tests.factories import LEGACY_SECRET, legacy_claims, make_session

Make = Callable[[World], str | bytes]
NOTHING_ELSE = ("token-invalid", 0)
VERDICTS = {"G": NOTHING_ELSE, "X": ("token-expired", 0), "U": ("token-invalid", 1)}
NULL_SIGNATURES = {
    "all null": bytes(64),
    "all null, short": bytes(2),
    "as long as an old one, null": bytes(32),
    "r = 0": bytes(63) + b"\x01",
    "s = 0": b"\x01" + bytes(63),
    "empty": b"",
    "one byte": b"\x00",
}
OLD_KEY = LEGACY_SECRET.encode()


@dataclass(frozen=True)
class Presented:
    number: int
    what: str
    make: Make
    decision: str = "G"
    with_cookie: bool = False

    def play(self, world: World) -> None:
        token = self.make(world)
        reply = world.present(token, cookie=world.cookie if self.with_cookie else "")
        code, statements = VERDICTS[self.decision]
        assert_refused(reply, code, statements=statements)


def of_enhanced(forgery: Forgery) -> Make:
    return lambda world: forgery(world.tokens.access)


def of_legacy(header: dict[str, Any] | None = None, **claims: Any) -> Make:
    """A token of the old system's key, with these changes."""
    return lambda world: sign_hmac(
        {"alg": "HS256", "typ": "JWT"} | (header or {}),
        legacy_claims(world.olga, **claims),
        secret=OLD_KEY,
    )


def expired(access: str) -> str:
    return with_claims(exp=int(time.time()) - 60)(access)


def of_the_wrong_family(alg: str) -> Make:
    return lambda world: sign_hmac(
        {"alg": alg, "typ": "JWT"}, legacy_claims(world.olga), secret=OLD_KEY, algorithm=alg
    )


def unsigned(header: dict[str, Any], signature: bytes) -> Make:
    return lambda world: assemble(header, claims_of(world.tokens.access), lambda _: signature)


def signed_by_us(header: dict[str, Any]) -> Make:
    return lambda world: sign(our_header(**header), legacy_claims(world.olga))


def claims_under_the_old_key(header: dict[str, Any]) -> Make:
    return lambda world: sign_hmac(header, claims_of(world.tokens.access), secret=OLD_KEY)


def under_our_public_key(key: Callable[[], bytes]) -> Make:
    header = {"alg": "HS256", "typ": "JWT"}
    return lambda world: sign_hmac(header, legacy_claims(world.olga), secret=key())


def resigned(signature: bytes) -> Make:
    return lambda world: with_signature(signature)(world.legacy)


def cut_issuer(part: slice) -> Forgery:
    return lambda access: with_claims(iss=claims_of(access)["iss"][part])(access)


def of_somebody_else(world: World) -> str:
    return with_claims(sub=str(world.bob.public_id))(world.tokens.access)


def of_a_primary_key(world: World) -> str:
    return with_claims(sub=str(world.alice.pk))(world.tokens.access)


def of_another_session(world: World) -> str:
    return with_claims(sid=str(make_session(world.bob).session_id))(world.tokens.access)


def rows() -> Iterator[Presented]:
    yield from signatures_and_types()
    yield from headers()
    yield from claims()
    yield from owners()


def signatures_and_types() -> Iterator[Presented]:
    yield Presented(1, "beside a cookie", of_enhanced(stranger_under_our_kid), with_cookie=True)
    yield Presented(2, "expired", of_enhanced(expired), "X")
    yield Presented(2, "expired, typ JWT", lambda w: rewritten(expired(w.tokens.access), typ="JWT"))
    yield Presented(3, "typ rewritten, our signature", of_enhanced(with_header(typ="JWT")))
    yield Presented(3, "typ rewritten", lambda w: rewritten(w.tokens.access, typ="JWT"))
    yield Presented(3, "typ dropped", of_enhanced(without_header_member("typ")))
    for typ in ("at+jwt", "JWT"):
        bare = {"alg": "HS256", "typ": typ}
        yield Presented(4, f"old key, {typ}", claims_under_the_old_key(bare))
        yield Presented(4, f"our kid, {typ}", claims_under_the_old_key({"kid": "x"} | bare))
        yield Presented(5, f"old claims, our key, {typ}", signed_by_us({"typ": typ}))
        yield Presented(5, f"the same as HS256, {typ}", signed_by_us(bare))
    for alg in ("none", "None", "NONE", "nOnE", ""):
        for typ, signature in itertools.product(("at+jwt", "JWT"), (b"", b"0")):
            what = f"{typ}, alg {alg!r}, signature {signature!r}"
            yield Presented(9, what, unsigned(our_header(alg=alg, typ=typ), signature))
            yield Presented(9, f"old {what}", unsigned({"alg": alg, "typ": typ}, signature))
    for form, key in OUR_PUBLIC_KEY.items():
        yield Presented(10, form, of_enhanced(hmac_under(key)))
        yield Presented(10, f"{form} as JWT", of_enhanced(hmac_under(key, typ="JWT")))
        yield Presented(10, f"{form}, old claims", under_our_public_key(key))
    for alg in ("HS384", "HS512"):
        yield Presented(11, alg, of_the_wrong_family(alg))
    for name, signature in NULL_SIGNATURES.items():
        yield Presented(12, name, of_enhanced(with_signature(signature)))
        yield Presented(12, f"old, {name}", resigned(signature))


def rewritten(token: str, **header: Any) -> str:
    return f"{encode(json.dumps(our_header(**header)).encode())}.{token.partition('.')[2]}"


def headers() -> Iterator[Presented]:
    for kid in NOT_KIDS:
        yield Presented(13, f"kid {kid!r:.20}", of_enhanced(with_header(kid=kid)))
        yield Presented(13, f"old, kid {kid!r:.20}", of_legacy({"kid": kid}))
    yield Presented(13, "kid of 10 KB", of_enhanced(with_header(kid="k" * 10_240)))
    yield Presented(13, "kid of a stranger", of_enhanced(unknown_key))
    for name, value in EXTENSIONS.items():
        yield Presented(15, f"header has {name}", of_enhanced(with_header(**{name: value})))
        yield Presented(15, f"old header has {name}", of_legacy({name: value}))
    yield Presented(16, "JWE", of_enhanced(lambda access: f"{access}.e30.e30"))
    yield Presented(16, "JSON serialisation", of_enhanced(json_serialisation))
    yield Presented(17, "refresh as access", lambda w: w.tokens.refresh)
    yield Presented(17, "reset link", lambda w: default_token_generator.make_token(w.alice))
    yield Presented(
        25, "header member twice",
        of_enhanced(lambda access: sign(
            json.dumps(our_header())[:-1].encode() + b', "typ": "at+jwt"}', claims_of(access))),
    )  # fmt: skip
    yield Presented(30, "over 4 KB", of_enhanced(lambda access: access + "A" * 4096))
    yield Presented(30, "non-ASCII", lambda w: w.tokens.access[:-1].encode() + b"\xe9")
    yield Presented(30, "NUL", lambda w: w.tokens.access[:-1].encode() + b"\x00")
    yield Presented(30, "nested 40,000 deep", lambda w: f"{encode(b'[' * 40_000)}.e30.e30")
    yield Presented(30, "nested as deep as 4 KB", lambda w: f"{encode(b'[' * 2900)}.e30.e30")
    yield Presented(30, "payload nested", lambda w: sign(our_header(), b"[" * 2500))


def owners() -> Iterator[Presented]:
    yield Presented(21, "a primary key", of_a_primary_key)
    yield Presented(24, "sub of Bob", of_somebody_else, "U")
    yield Presented(24, "sid of Bob", of_another_session, "U")
    yield Presented(24, "sid of nobody", of_enhanced(with_claims(sid=str(uuid.uuid4()))), "U")
    for value in NOT_IDS:
        yield Presented(21, f"sub {value!r:.20}", of_enhanced(with_claims(sub=value)))
    for value in (None, [7], "7", True, 7.0, 0, -7, 2**63):
        yield Presented(21, f"old id {value!r}", of_legacy(id=value))


def claims() -> Iterator[Presented]:
    yield Presented(7, "longer than an hour", of_legacy(exp=int(time.time()) + 7 * 86_400))
    for iss in ("https://evil.example", "", ["http://127.0.0.1:8000"]):
        yield Presented(18, f"iss {iss!r}", of_enhanced(with_claims(iss=iss)))
    for cut in (slice(0, -1), slice(1, None)):
        yield Presented(18, f"iss cut {cut}", of_enhanced(cut_issuer(cut)))
    yield Presented(18, "iss a list of ours", of_enhanced(
        lambda access: with_claims(iss=[claims_of(access)["iss"]])(access)))  # fmt: skip
    for aud in ("https://evil.example/api/v1/", "", None, ["x"]):
        yield Presented(18, f"aud {aud!r}", of_enhanced(with_claims(aud=aud)))
    for name in [*CLAIMS, *TIMES]:
        yield Presented(19, f"no {name}", of_enhanced(without_claim(name)))
    for name in TIMES:
        for value in NOT_TIMES:
            yield Presented(20, f"{name} {value!r}", of_enhanced(with_claims(**{name: value})))
    for name in ("iat", "nbf", "exp"):
        for value in NOT_TIMES:
            yield Presented(20, f"old {name} {value!r}", of_legacy(**{name: value}))
    yield Presented(20, "exp NaN", of_enhanced(with_raw_claim('"extra": NaN')))
    yield Presented(25, "claim twice", of_enhanced(with_raw_claim('"jti": "another-id"')))
    yield Presented(25, "member twice inside", of_enhanced(with_raw_claim('"x": {"a": 1, "a": 2}')))
