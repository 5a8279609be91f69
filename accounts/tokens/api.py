"""Token endpoints for API clients (RFC 6749, RFC 6750)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.auth import logout
from django.http import HttpRequest, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.audit import events, trail
from accounts.authentication import BearerAuthentication, note_refused
from accounts.clients import Client, person_of
from accounts.legacy import METHOD, exchange_legacy_token
from accounts.security_context import without_transaction
from accounts.serializers import (
    DEFAULT_CLIENT_ID,
    RefreshSerializer,
    SignInSerializer,
    TokenPairSerializer,
)
from accounts.sessions.browser import COOKIE
from accounts.sessions.devices import sign_out
from accounts.sessions.lifecycle import TokenPair, refresh_session
from accounts.sign_in.password import sign_in
from accounts.throttles import limits
from accounts.tokens.access import Authentication
from accounts.tokens.keys import key_ring
from config.metrics import TOKEN_REFRESHES
from config.web.parameters import DeclaredParameters
from config.web.private_answers import clear_site_data
from config.web.problems import DomainError, Kind


@without_transaction
@require_safe
@cache_control(public=True, max_age=300)
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys that verify access tokens (RFC 7517)."""
    response = JsonResponse(key_ring().jwks())
    response["Content-Type"] = "application/jwk-set+json"
    return response


@method_decorator(sensitive_post_parameters(), name="dispatch")
class TokenView(APIView):
    """Sign in with an email address and a password. Opens a session for this client."""

    authentication_classes = ()
    permission_classes = (AllowAny, DeclaredParameters)

    @extend_schema(
        operation_id="auth_token",
        summary="Sign in",
        request=SignInSerializer,
        responses=TokenPairSerializer,
    )
    def post(self, request: Request) -> Response:
        values = _validated(SignInSerializer(data=request.data))
        return _pair_response(sign_in(request=request._request, **values))


@method_decorator(sensitive_post_parameters(), name="dispatch")
class TokenRefreshView(APIView):
    """Exchange a refresh token for a new pair. If the response was lost, repeat with the same
    token."""

    authentication_classes = ()
    permission_classes = (AllowAny, DeclaredParameters)

    @extend_schema(
        operation_id="auth_token_refresh",
        summary="Exchange a refresh token for a new token pair",
        request=RefreshSerializer,
        responses=TokenPairSerializer,
    )
    def post(self, request: Request) -> Response:
        values = _validated(RefreshSerializer(data=request.data))
        asked = request._request
        with limits.counting_refusals(asked, limits.REFRESH), _refresh_counted(asked):
            pair = refresh_session(
                refresh_token=values["refresh"], client=Client.of(asked), request=asked
            )
        return _pair_response(pair)


class TokenExchangeView(APIView):
    """Exchange a legacy token for a new pair, once, without signing in again."""

    authentication_classes = (BearerAuthentication,)

    @extend_schema(
        operation_id="auth_token_exchange",
        summary="Exchange a legacy token for a token pair",
        request=None,
        responses=TokenPairSerializer,
    )
    def post(self, request: Request) -> Response:
        user = person_of(request)
        limits.count_attempt(request._request, limits.EXCHANGE)
        pair = exchange_legacy_token(
            user=user,
            authentication=cast(Authentication, request.auth),
            client=Client.of(request._request),
            client_id=DEFAULT_CLIENT_ID,
        )
        trail.record(
            events.LEGACY_EXCHANGED,
            user=user,
            request=request._request,
            method=METHOD,
            session_id=pair.session_id,
        )
        return _pair_response(pair)


class LogoutView(APIView):
    """End the session of the request; all of its tokens become invalid.

    Open to users who have yet to set up a required second factor.
    """

    permission_classes = (IsAuthenticated, DeclaredParameters)

    @extend_schema(
        operation_id="auth_logout", summary="Sign out", request=None, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        authentication: Authentication = request.auth  # type: ignore[assignment]
        if authentication.method == COOKIE:
            logout(request._request)
        elif authentication.session is not None:
            sign_out(session=authentication.session, request=request._request)
        clear_site_data(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


@contextmanager
def _refresh_counted(request: HttpRequest) -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        TOKEN_REFRESHES.labels(events.REFUSED).inc()
        if error.kind is Kind.UNAUTHENTICATED:
            note_refused(request=request, method="refresh", reason=error.code)
        raise
    TOKEN_REFRESHES.labels(events.OK).inc()


def _validated(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _pair_response(pair: TokenPair) -> Response:
    # RFC 6749 section 5.1: responses with tokens must not be cached.
    return Response(TokenPairSerializer(pair).data, headers={"Cache-Control": "no-store"})
