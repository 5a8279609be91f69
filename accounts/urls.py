"""Addresses of accounts beside allauth's pages and the API."""

from django.urls import include, path

from accounts import account_pages as pages
from accounts import events_page, views

account = [
    path("sessions/", pages.sessions, name="account-sessions"),
    path("sessions/end-others/", pages.end_other_sessions, name="end-other-sessions"),
    path("sessions/<uuid:session_id>/end/", pages.end_session, name="end-session"),
    path("events/", events_page.events, name="account-events"),
    path("data/", pages.own_rows, name="account-rows"),
    path("data/export/", pages.export, name="account-rows-export"),
    path("delete/", pages.delete, name="account-delete"),
    path("deleted/", pages.deleted, name="account-deleted"),
    path("pending/", pages.pending, name="account-pending"),
]

urlpatterns = [
    path(".well-known/jwks.json", views.jwks, name="jwks"),
    path("accounts/", include(account)),
]
