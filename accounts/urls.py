"""Addresses of accounts beside allauth's pages and the API."""

from django.urls import include, path

from accounts.account import pages
from accounts.account.pages import AddressesView
from accounts.audit.views import events
from accounts.tokens.api import jwks

account = [
    path("email/", AddressesView.as_view(), name="account_email"),  # before allauth's own
    path("sessions/", pages.sessions, name="account-sessions"),
    path("sessions/end-others/", pages.end_other_sessions, name="end-other-sessions"),
    path("sessions/<uuid:session_id>/end/", pages.end_session, name="end-session"),
    path("events/", events, name="account-events"),
    path("data/", pages.own_rows, name="account-rows"),
    path("data/download/", pages.download, name="account-rows-download"),
    path("data/export/", pages.export, name="account-rows-export"),
    path("delete/", pages.delete, name="account-delete"),
    path("deleted/", pages.deleted, name="account-deleted"),
    path("pending/", pages.pending, name="account-pending"),
]

urlpatterns = [
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("accounts/", include(account)),
]
