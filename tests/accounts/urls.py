"""Daybook's addresses as with a LEGACY_JWT_SECRET, and some that say who asked, or crash."""

from __future__ import annotations

from typing import cast

from django.db import connection
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.middleware import EXCHANGE
from accounts.models import User
from accounts.tokens.access import Authentication
from accounts.tokens.api import TokenExchangeView
from config.urls import urlpatterns as daybook_urls


class WhoAmI(APIView):
    def get(self, request: Request) -> Response:
        user, authentication = cast(User, request.user), cast(Authentication, request.auth)
        return Response({"user": str(user.public_id), "method": authentication.method})

    post = get


class Context(APIView):
    """The security context as the database has it, for whoever asks."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('app.user_id', true),"
                " current_setting('app.session_id', true)"
            )
            user, session = cursor.fetchone()
        return Response({"user": user or "", "session": session or ""})


class Crash(APIView):
    def get(self, request: Request) -> Response:
        raise RuntimeError("a fault of ours")


urlpatterns = [
    path("api/v1/context", Context.as_view()),
    path("api/v1/crash", Crash.as_view()),
    path("api/v1/whoami", WhoAmI.as_view()),
    path("api/v1/auth/token/exchange", TokenExchangeView.as_view(), name=EXCHANGE),
    *daybook_urls,
]
