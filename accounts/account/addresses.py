"""The page of a person's email addresses: allauth's, which sends no link that is of no use."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User


class AddressesView(EmailView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        email = request.POST.get("email", "").lower()
        if "action_send" in request.POST and _is_confirmed(cast(User, request.user), email):
            messages.info(request, f"{email} is confirmed already, so no link was sent.")
            return redirect("account_email")
        return cast(HttpResponse, super().post(request, *args, **kwargs))


def _is_confirmed(user: User, email: str) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email=email, verified=True).exists())
