"""Access and refresh tokens compared with simplejwt's, on the same database and framework."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenRefreshView as PeerRefreshView

from accounts.authentication import BearerAuthentication
from accounts.models import User
from accounts.tokens.access import BearerToken
from accounts.tokens.api import TokenRefreshView
from tests.benchmarks.comparison import HEADING, Call, Comparison, Result
from tests.factories import make_session, make_user
from tests.privilege import as_product

__all__ = ["HEADING", "results"]


def results() -> Iterator[Result]:
    for comparison in comparisons():
        with as_product():
            measured = comparison.measure()
        yield measured


def comparisons() -> Iterator[Comparison]:
    alice = make_user()
    stock = RefreshToken.for_user(alice)
    yield Comparison(
        "authentication / simplejwt JWTAuthentication",
        ours=authenticating(BearerAuthentication(), make_session(alice).access, alice),
        peer=authenticating(JWTAuthentication(), str(stock.access_token), alice),
        limit=1.5,
        calls=200,
    )
    nested = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    yield Comparison(
        "100,000 brackets, refused / one token, let in",
        ours=refusing(f"{nested}.e30.e30"),
        peer=authenticating(JWTAuthentication(), str(stock.access_token), alice),
        limit=1.0,
        calls=200,
    )
    yield Comparison(
        "4 KB of brackets, refused / one token, let in",
        ours=refusing(f"{nested[:4000]}.e30.e30"),
        peer=authenticating(JWTAuthentication(), str(stock.access_token), alice),
        limit=1.0,
        calls=200,
    )
    yield Comparison(
        "refresh / simplejwt rotation with blacklist",
        ours=refreshing(TokenRefreshView, make_session(alice).refresh),
        peer=refreshing(PeerRefreshView, str(stock)),
        limit=0.5,
    )


def refusing(text: str) -> Call:
    """Measure the parser on malformed tokens."""

    def call() -> None:
        try:
            BearerToken.parse(text)
        except TokenError:
            return
        raise AssertionError("a hostile token was read")

    return call


def authenticating(
    authenticator: BearerAuthentication | JWTAuthentication, access: str, user: User
) -> Call:
    """Measure a request with the token; session and user are looked up as usual."""
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {access}"}))

    def call() -> None:
        authenticated = authenticator.authenticate(request)
        assert authenticated is not None
        assert authenticated[0] == user

    return call


def refreshing(view: type[APIView], refresh: str) -> Callable[[], None]:
    """Measure refreshes; each call uses the token of the last one."""
    answer, factory = view.as_view(), APIRequestFactory()

    def call() -> None:
        nonlocal refresh
        response = answer(factory.post("/", {"refresh": refresh}, format="json"))
        assert response.status_code == 200
        refresh = response.data["refresh"]

    return call
