"""The part of the API that is about signing in."""

from django.conf import settings
from django.urls import URLPattern, path

from accounts import api
from accounts.legacy_notice import EXCHANGE


def legacy_routes() -> list[URLPattern]:
    """None without a LEGACY_JWT_SECRET: then the exchange is an unknown address."""
    if not settings.LEGACY_JWT_SECRET:
        return []
    return [path("auth/token/exchange", api.TokenExchangeView.as_view(), name=EXCHANGE)]


urlpatterns = [
    path("auth/token", api.TokenView.as_view(), name="auth-token"),
    path("auth/token/refresh", api.TokenRefreshView.as_view(), name="auth-token-refresh"),
    *legacy_routes(),
    path("auth/logout", api.LogoutView.as_view(), name="auth-logout"),
]
