"""Pages and endpoints of the account: sessions, export and deletion."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.account.personal_data import FILE_NAME, delete_account, export_account
from accounts.account.security import security_of
from accounts.clients import PersonRequest, person_of
from accounts.forms import DeletionForm
from accounts.models import RevocationReason, User
from accounts.security_context import repeatable
from accounts.serializers import DeletionSerializer, SessionSerializer
from accounts.sessions.browser import COOKIE, current_browser_session
from accounts.sessions.devices import end_own_session, end_sessions, list_devices
from accounts.sign_in.second_step import recent_sign_in_required, require_recent_sign_in
from accounts.throttles import limits
from accounts.tokens.access import Authentication
from config.web.pagination import Page, list_of
from config.web.problems import DomainError


class AddressesView(EmailView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        email = request.POST.get("email", "").lower()
        if "action_send" in request.POST and _is_confirmed(person_of(request), email):
            messages.info(
                request,
                _("%(email)s is already confirmed, so no link was sent.") % {"email": email},
            )
            return redirect("account_email")
        return cast(HttpResponse, super().post(request, *args, **kwargs))


def _is_confirmed(user: User, email: str) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email=email, verified=True).exists())


@login_required
@require_safe
def settings_index(request: PersonRequest) -> HttpResponse:
    return render(request, "settings/index.html")


@never_cache
@login_required
@require_safe
def security(request: PersonRequest) -> HttpResponse:
    found = security_of(request.user, current_session=_current_id(request))
    return render(request, "settings/security.html", {"security": found})


@never_cache
@login_required
@require_safe
def sessions(request: PersonRequest) -> HttpResponse:
    devices = list_devices(user=request.user, current_id=_current_id(request))
    return render(request, "accounts/sessions.html", {"devices": devices})


@login_required
@require_POST
def end_session(request: PersonRequest, session_id: UUID) -> HttpResponse:
    is_current = session_id == _current_id(request)
    try:
        end_own_session(user=request.user, session_id=session_id, request=request)
    except DomainError as error:
        raise Http404(error.message) from error
    if is_current:
        logout(request)
        return redirect("account_login")
    messages.success(request, _("The device was signed out."))
    return redirect("settings-devices")


@login_required
@require_POST
def end_other_sessions(request: PersonRequest) -> HttpResponse:
    ended = end_sessions(
        user=request.user,
        reason=RevocationReason.ENDED_ELSEWHERE,
        request=request,
        keep=_current_id(request),
    )
    messages.success(request, _("Other sessions signed out: %(ended)s.") % {"ended": ended})
    return redirect("settings-devices")


@login_required
@require_safe
def own_rows(request: PersonRequest) -> HttpResponse:
    return render(request, "accounts/own_rows.html")


@never_cache
@login_required
@require_safe
@recent_sign_in_required
def download(request: PersonRequest) -> HttpResponse:
    """Shows a page while the file downloads. A file alone would leave the browser on the
    previous page, which may be the password prompt."""
    return render(request, "accounts/download.html")


@never_cache
@login_required
@require_safe
@recent_sign_in_required
def export(request: PersonRequest) -> FileResponse:
    limits.count_for_person(request.user, limits.EXPORT)
    file = export_account(user=request.user, request=request)
    return FileResponse(
        file, as_attachment=True, filename=FILE_NAME, content_type="application/zip"
    )


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in_required
def delete(request: PersonRequest) -> HttpResponse:
    form = DeletionForm(request.POST or None, user=request.user)
    if not form.is_valid():
        return render(request, "accounts/delete.html", {"form": form})
    delete_account(user=request.user, request=request)
    logout(request)
    return redirect("account-deleted")


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/deleted.html")


@require_safe
def pending(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/pending.html")


def _current_id(request: HttpRequest) -> UUID | None:
    session = current_browser_session(request)
    return session.pk if session else None


class AccountExportView(APIView):
    """Returns all of the user's data as a zip of JSON and iCalendar files. Requires a recent
    sign-in."""

    @extend_schema(
        operation_id="account_export",
        summary="Download all your data",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> FileResponse:
        require_recent_sign_in(request)
        user = person_of(request)
        limits.count_for_person(user, limits.EXPORT)
        file = export_account(user=user, request=request._request)
        return FileResponse(
            file,
            as_attachment=True,
            filename=FILE_NAME,
            content_type="application/zip",
            headers={"Cache-Control": "no-store"},
        )


@repeatable
class AccountView(APIView):
    @extend_schema(
        operation_id="account_delete",
        summary="Delete your account",
        request=DeletionSerializer,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Deletes the account and all of its data permanently. Requires a recent sign-in, and
        the account's email address as `confirm`."""
        require_recent_sign_in(request)
        body = DeletionSerializer(data=request.data, context={"user": request.user})
        body.is_valid(raise_exception=True)
        delete_account(user=person_of(request), request=request._request)
        if cast(Authentication, request.auth).method == COOKIE:
            logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionListView(APIView):
    """List the signed-in devices and browsers, the current one first."""

    @extend_schema(
        operation_id="auth_sessions",
        summary="List the devices that are signed in",
        responses=list_of("SessionList", SessionSerializer),
    )
    def get(self, request: Request) -> Response:
        session = cast(Authentication, request.auth).session
        current_id = session.pk if session else None
        devices = list_devices(user=person_of(request), current_id=current_id)
        sessions = Page([device.session for device in devices])
        return sessions.answer(SessionSerializer, {"current_id": current_id})


class SessionView(APIView):
    """End a session. Its tokens and its cookie are refused from the next request on."""

    @extend_schema(
        operation_id="auth_session_end",
        summary="Sign out a device",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        end_own_session(user=person_of(request), session_id=session_id, request=request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)
