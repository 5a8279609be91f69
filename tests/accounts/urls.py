"""Daybook's addresses as with a LEGACY_JWT_SECRET, and one that says who asked and how."""

from __future__ import annotations

from typing import cast

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import TokenExchangeView
from accounts.bearer import Authentication
from accounts.legacy_notice import EXCHANGE
from accounts.models import User
from config.urls import urlpatterns as daybook_urls


class WhoAmI(APIView):
    def get(self, request: Request) -> Response:
        user, authentication = cast(User, request.user), cast(Authentication, request.auth)
        return Response({"user": str(user.public_id), "method": authentication.method})

    post = get


urlpatterns = [
    path("api/v1/whoami", WhoAmI.as_view()),
    path("api/v1/auth/token/exchange", TokenExchangeView.as_view(), name=EXCHANGE),
    *daybook_urls,
]
