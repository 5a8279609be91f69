"""The pages that complete a Google consent, in its owner's browser or in another one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.security_context import without_transaction
from calendars.connections.consent import complete_connection, refuse_connection
from calendars.connections.held_consents import (
    OpenConsent,
    confirm_consent,
    decline_consent,
    hold_consent,
    open_consent,
)
from calendars.pages.first_run import page_after_connecting
from config.web.problems import DomainError


@without_transaction
@never_cache
@require_safe
def google_callback(request: HttpRequest) -> HttpResponse:
    """The redirect target for Google. A visitor isn't redirected to the sign-in page, because that
    would pass on the code in the address."""
    consent = None
    try:
        consent = open_consent(request.GET.get("state", ""), viewer=_viewer(request))
        return _ended(request, consent)
    except DomainError as error:
        return _refused(request, error, in_app=consent is not None and consent.in_app)


def _ended(request: HttpRequest, consent: OpenConsent) -> HttpResponse:
    answer, owner = request.GET, consent.owner
    code, state = answer.get("code", ""), answer.get("state", "")
    if "error" in answer:
        refuse_connection(owner=owner, state=state, error=answer["error"])
    if _viewer(request) != owner:
        held = hold_consent(owner=owner, code=code, state=state)
        return render(request, "connections/confirm.html", {"held": held})
    email = complete_connection(owner=owner, code=code, state=state, request=request).email
    messages.success(request, _("%(email)s was connected.") % {"email": email})
    return redirect("consent-done" if consent.in_app else page_after_connecting(request, owner))


@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Handle the confirmation on the callback page."""
    confirmation = request.POST.get("confirmation", "")
    try:
        if request.POST.get("answer") != "connect":
            decline_consent(confirmation)
            messages.info(request, _("Nothing was connected."))
        else:
            connection = confirm_consent(confirmation, request=request)
            messages.success(request, _("%(email)s was connected.") % {"email": connection.email})
    except DomainError as error:
        return _refused(request, error, in_app=True)
    return redirect("consent-done")


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    return render(request, "connections/done.html")


def _refused(request: HttpRequest, error: DomainError, *, in_app: bool) -> HttpResponse:
    context = {"fault": error, "in_app": in_app}
    return render(request, "connections/refused.html", context, status=error.kind.value)


def _viewer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
