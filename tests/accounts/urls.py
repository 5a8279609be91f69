"""Daybook's addresses, and one more that says who asked and how that was known."""

from __future__ import annotations

from typing import cast

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.bearer import Authentication
from accounts.models import User
from config.urls import urlpatterns as daybook_urls


class WhoAmI(APIView):
    def get(self, request: Request) -> Response:
        user, authentication = cast(User, request.user), cast(Authentication, request.auth)
        return Response({"user": str(user.public_id), "method": authentication.method})

    post = get


urlpatterns = [path("api/v1/whoami", WhoAmI.as_view()), *daybook_urls]
