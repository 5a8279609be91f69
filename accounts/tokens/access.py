"""The enhanced access token: simplejwt's token, held to RFC 9068 and signed from a key ring."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from accounts.models import Session
from accounts.tokens.keys import KeyRing, SigningKey, key_ring
from accounts.tokens.refresh import BearerToken, MalformedToken, decode_object

_WORD = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_WORDS = re.compile(r"[A-Za-z0-9._:-]{1,64}( [A-Za-z0-9._:-]{1,64})*")
_LAST_SECOND = 253_402_300_799  # the end of the year 9999, where datetime ends too
MEDIA_TYPE = "at+jwt"
SCOPE = "api"
_HEADER_MEMBERS = {"alg", "typ", "kid"}


def has_required_claims(payload: Mapping[str, Any]) -> bool:
    return all(name in payload and fits(payload[name]) for name, fits in _SHAPES.items())


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def are_words(value: object) -> bool:
    return isinstance(value, str) and _WORDS.fullmatch(value) is not None


def is_word_list(value: object) -> bool:
    return isinstance(value, list) and all(map(is_word, value))


def is_whole(value: object) -> bool:
    # `type`, because bool is a subclass of int.
    return type(value) is int and 0 <= value <= _LAST_SECOND


def is_ordinal(value: object) -> bool:
    return is_whole(value) and value != 0


def is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False


_SHAPES: dict[str, Callable[[object], bool]] = {
    "iss": is_text,
    "aud": is_text,
    "sub": is_uuid,
    "client_id": is_word,
    "iat": is_whole,
    "nbf": is_whole,
    "exp": is_whole,
    "jti": is_word,
    "sid": is_uuid,
    "gen": is_ordinal,
    "ver": is_ordinal,
    "scope": are_words,
    "auth_time": is_whole,
    "amr": is_word_list,
    "acr": is_word,
}


class KeyRingBackend(TokenBackend):
    """simplejwt's backend for one token type and several keys, named by `kid`."""

    def __init__(self, ring: KeyRing) -> None:
        super().__init__(
            ring.current.algorithm,
            audience=settings.TOKEN_AUDIENCE,
            issuer=settings.TOKEN_ISSUER,
            leeway=settings.TOKEN_LEEWAY_SECONDS,
        )
        self.ring = ring

    def encode(self, payload: Mapping[str, Any]) -> str:
        key = self.ring.current
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        header = {"typ": MEDIA_TYPE, "kid": key.kid}
        return jwt.encode(claims, key.private, algorithm=key.algorithm, headers=header)

    def decode(  # type: ignore[override]  # simplejwt annotates the raw text as a Token
        self, token: BearerToken, verify: bool = True
    ) -> dict[str, Any]:
        """The payload of a token with a good signature. Raises TokenBackendError.

        The claims are left to `AccessToken.verify`: PyJWT coerces what it should refuse.
        """
        key = self._key_of(token.header)
        if not key.is_signature(token.signature, of=token.signed_text):
            raise TokenBackendError("The signature is bad.")
        try:
            return decode_object(token.payload)
        except MalformedToken:
            raise TokenBackendError("The payload is no JSON object.") from None

    def _key_of(self, header: Mapping[str, Any]) -> SigningKey:
        if set(header) != _HEADER_MEMBERS or not isinstance(header["kid"], str):
            raise TokenBackendError("The header is not one of ours.")
        key = self.ring.by_kid.get(header["kid"])
        if key is None or header["alg"] != key.algorithm:
            raise TokenBackendError("The header names no key of ours.")
        return key


class AccessToken(Token):
    """`for_session` mints one, the constructor verifies one. Raises TokenError."""

    token_type = MEDIA_TYPE
    _presented: BearerToken

    def __init__(self, token: BearerToken | None = None) -> None:
        self.lifetime = timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
        if token is not None:
            self._presented = token
        super().__init__(token)  # type: ignore[arg-type]

    def get_token_backend(self) -> KeyRingBackend:
        return KeyRingBackend(key_ring())

    @classmethod
    def for_session(cls, session: Session) -> AccessToken:
        token = cls()
        del token[api_settings.TOKEN_TYPE_CLAIM]  # the type is in the header, RFC 9068
        token.payload |= {
            "sub": str(session.user.public_id),
            "client_id": session.client_id,
            "nbf": token["iat"],
            "sid": str(session.pk),
            "gen": session.gen,
            "ver": session.user.auth_epoch,
            "scope": SCOPE,
            "auth_time": int(session.authenticated_at.timestamp()),
            "amr": session.amr,
            "acr": session.acr,
        }
        return token

    def verify(self) -> None:
        """Every claim is there, of its type, and about us and now. Raises TokenError."""
        claims = self.payload
        if not has_required_claims(claims):
            raise TokenError("A claim is missing or of a wrong type.")
        if claims["iss"] != settings.TOKEN_ISSUER or claims["aud"] != settings.TOKEN_AUDIENCE:
            raise TokenError("The token is of, or for, somebody else.")
        self._presented.jti = claims["jti"]
        self._verify_times()

    def _verify_times(self) -> None:
        now, leeway = self.current_time.timestamp(), settings.TOKEN_LEEWAY_SECONDS
        if max(self["iat"], self["nbf"]) > now + leeway:
            raise TokenError("The token is not valid yet.")
        if self["exp"] <= now - leeway:
            raise ExpiredTokenError("The token has expired.")

    @property
    def session_id(self) -> uuid.UUID:
        return uuid.UUID(self["sid"])

    @property
    def user_public_id(self) -> uuid.UUID:
        return uuid.UUID(self["sub"])
