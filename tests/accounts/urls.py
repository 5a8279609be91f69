"""Daybook's addresses, and one more that says who asked and how that was known."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import urlpatterns as daybook_urls


class WhoAmI(APIView):
    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.public_id), "method": request.auth.method})

    post = get


urlpatterns = [path("api/v1/whoami", WhoAmI.as_view()), *daybook_urls]
