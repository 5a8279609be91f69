"""Administration pages that decide who gets in: a change asks for a recent sign-in first."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.sessions.browser import current_browser_session
from accounts.sign_in.step_up import is_recent


class RecentSignInAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """allauth asks for the password, and then goes on with what was sent."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        require_recent_sign_in(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require_recent_sign_in(request)
        return super().delete_view(request, object_id, extra_context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require_recent_sign_in(request)
        return super().changelist_view(request, extra_context)


def require_recent_sign_in(request: HttpRequest) -> None:
    """Raises allauth's ReauthenticationRequired for a POST where the sign-in is too long ago."""
    if request.method == "POST" and not is_recent(current_browser_session(request)):
        raise ReauthenticationRequired
