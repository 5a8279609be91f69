"""The part of the API that is about signing in."""

from django.conf import settings
from django.urls import URLPattern, path

from accounts.account import api as account_api
from accounts.audit import views as audit_api
from accounts.middleware import EXCHANGE
from accounts.sessions import api as session_api
from accounts.tokens import api as token_api


def legacy_routes() -> list[URLPattern]:
    """None without a LEGACY_JWT_SECRET: then the exchange is an unknown address."""
    if not settings.LEGACY_JWT_SECRET:
        return []
    return [path("auth/token/exchange", token_api.TokenExchangeView.as_view(), name=EXCHANGE)]


urlpatterns = [
    path("auth/token", token_api.TokenView.as_view(), name="auth-token"),
    path("auth/token/refresh", token_api.TokenRefreshView.as_view(), name="auth-token-refresh"),
    *legacy_routes(),
    path("auth/logout", token_api.LogoutView.as_view(), name="auth-logout"),
    path("auth/sessions", session_api.SessionListView.as_view(), name="auth-sessions"),
    path("auth/sessions/<uuid:session_id>", session_api.SessionView.as_view(), name="auth-session"),
    path("auth/events", audit_api.EventListView.as_view(), name="auth-events"),
    path("account", account_api.AccountView.as_view(), name="account"),
    path("account/export", account_api.AccountExportView.as_view(), name="account-export"),
]
