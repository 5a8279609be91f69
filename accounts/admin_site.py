"""The administration's own site: its pages show the rows of everybody, and say so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from accounts.audit import trail
from accounts.security_context import enter_as_system

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class AdministrationSite(AdminSite):
    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Django's own would let a password in alone where a second step is set up."""
        return super().login(request, *args, **kwargs)

    def password_change(  # type: ignore[override]  # Django answers with a template alone
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own would leave the other sessions, the log and the owner's mail out, and hear
        any number of guesses at the old password."""
        return redirect("account_change_password")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Django's own lets staff in, and then the page acts as the system."""

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            enter_as_system(request, reason="administration")
            trail.act_as_administrator(request)
            return view(request, *args, **kwargs)

        return super().admin_view(cast(View, page), cacheable)
