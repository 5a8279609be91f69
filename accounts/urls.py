"""Addresses of accounts: its pages beside allauth's, and its part of the API."""

from django.conf import settings
from django.urls import URLPattern, include, path

from accounts.account import views
from accounts.account import views as account_api
from accounts.account import views as session_api
from accounts.audit import views as audit
from accounts.middleware import EXCHANGE
from accounts.tokens import api as token_api
from config.web.moved import moved

account = [
    path("email/", views.AddressesView.as_view(), name="account_email"),  # before allauth's own
    path("deleted/", views.deleted, name="account-deleted"),
    path("pending/", views.pending, name="account-pending"),
    moved("sessions/", "settings-devices"),
    moved("sessions/end-others/", "end-other-sessions"),
    moved("sessions/<uuid:session_id>/end/", "end-session"),
    moved("events/", "settings-log"),
    moved("data/", "settings-data"),
    moved("data/download/", "settings-download"),
    moved("data/export/", "settings-export"),
    moved("delete/", "settings-delete"),
]

settings_area = [
    path("", views.settings_index, name="settings"),
    path("security/", views.security, name="settings-security"),
    path("security/devices/", views.sessions, name="settings-devices"),
    path("security/devices/end-others/", views.end_other_sessions, name="end-other-sessions"),
    path("security/devices/<uuid:session_id>/end/", views.end_session, name="end-session"),
    path("security/log/", audit.events, name="settings-log"),
    path("data/", views.own_rows, name="settings-data"),
    path("data/download/", views.download, name="settings-download"),
    path("data/export/", views.export, name="settings-export"),
    path("data/delete/", views.delete, name="settings-delete"),
]


def legacy_routes() -> list[URLPattern]:
    """The exchange of legacy tokens; without a LEGACY_JWT_SECRET the address is unknown."""
    if not settings.LEGACY_JWT_SECRET:
        return []
    return [path("auth/token/exchange", token_api.TokenExchangeView.as_view(), name=EXCHANGE)]


api = [
    path("auth/token", token_api.TokenView.as_view(), name="auth-token"),
    path("auth/token/refresh", token_api.TokenRefreshView.as_view(), name="auth-token-refresh"),
    *legacy_routes(),
    path("auth/logout", token_api.LogoutView.as_view(), name="auth-logout"),
    path("auth/sessions", session_api.SessionListView.as_view(), name="auth-sessions"),
    path("auth/sessions/<uuid:session_id>", session_api.SessionView.as_view(), name="auth-session"),
    path("auth/events", audit.EventListView.as_view(), name="auth-events"),
    path("account", account_api.AccountView.as_view(), name="account"),
    path("account/export", account_api.AccountExportView.as_view(), name="account-export"),
]

urlpatterns = [
    path(".well-known/jwks.json", token_api.jwks, name="jwks"),
    path("accounts/", include(account)),
    path("settings/", include(settings_area)),
    path("api/v1/", include(api)),
]
