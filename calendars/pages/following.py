"""Live updates of open pages: each page has a version and polls for the newest one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import etag, require_safe
from redis.exceptions import RedisError

from accounts import page_versions
from accounts.security_context import without_transaction

P = ParamSpec("P")
Page = Callable[Concatenate[Any, P], HttpResponse]
_VERSION, _NEWEST = "page_version", "newest_page"
BELL = "Daybook-Bell"


def followed(page: Page[P]) -> Page[P]:
    """Decorate a page that updates itself. Its version is read before any data."""

    @functools.wraps(page)
    def rendered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            version = page_versions.follow(request, owner_id=request.user.pk)
            setattr(request, _VERSION, version)
        return page(request, *args, **kwargs)

    return rendered


def follow_others(request: HttpRequest, owner_ids: Collection[int]) -> None:
    """Let a followed page follow the changes of others, too, of whom it shows something."""
    if owner_ids and request.user.is_authenticated:
        version = page_versions.follow(request, owner_id=request.user.pk, others=owner_ids)
        setattr(request, _VERSION, version)


def version_of(request: HttpRequest) -> str:
    """Return the version of the page that is being rendered."""
    return str(getattr(request, _VERSION, ""))


def _newest(request: HttpRequest) -> str | None:
    newest = page_versions.followed_version(request)
    setattr(request, _NEWEST, newest)
    return f'"{newest.version}"' if newest else None


@etag(_newest)
def _newer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


@without_transaction
@never_cache
@require_safe
def page_version(request: HttpRequest) -> HttpResponse:
    """Return 304 if the page shows the newest version, 204 if it should reload. A header says by a
    word what rings, if something does.

    This makes no database query, so the user isn't known: 204 is also the response if the browser
    is no longer signed in. The page finds out when it reloads.
    """
    try:
        answer = _newer(request)
    except RedisError:
        return HttpResponse(status=503)
    newest = getattr(request, _NEWEST, None)
    if newest and newest.bell:
        answer[BELL] = newest.bell
    return answer
