"""The admin site. Its pages show every user's rows, and say so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
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
        """Redirect to the regular sign-in page: Django's own would accept a password without the
        second step."""
        return super().login(request, *args, **kwargs)

    def password_change(  # type: ignore[override]  # Django answers with a template alone
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the regular page: Django's own would leave other sessions open, write no
        event, send no email, and accept unlimited guesses at the old password."""
        return redirect("account_change_password")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Admit staff by Django's rule, then run the page in the system's security context."""

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            enter_as_system(request, reason="administration")
            trail.act_as_administrator(request)
            return view(request, *args, **kwargs)

        return super().admin_view(cast(View, page), cacheable)


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Rows that only Daybook writes: shown, and never changed here."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
