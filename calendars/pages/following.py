"""Open pages follow what changes: each carries its version, and asks for the newest one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import etag, require_safe
from redis.exceptions import RedisError

from accounts import page_versions
from accounts.security_context import without_transaction

P = ParamSpec("P")
Page = Callable[Concatenate[Any, P], HttpResponse]
_VERSION = "page_version"


def followed(page: Page[P]) -> Page[P]:
    """Marks a page of a person's that follows: its version is taken before it looks at anything."""

    @functools.wraps(page)
    def rendered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            version = page_versions.follow(request, owner_id=request.user.pk)
            setattr(request, _VERSION, version)
        return page(request, *args, **kwargs)

    return rendered


def version_of(request: HttpRequest) -> str:
    """The version that a page which is being rendered shows."""
    return str(getattr(request, _VERSION, ""))


def _newest(request: HttpRequest) -> str | None:
    version = page_versions.followed_version(request)
    return f'"{version}"' if version else None


@etag(_newest)
def _newer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


@without_transaction
@never_cache
@require_safe
def page_version(request: HttpRequest) -> HttpResponse:
    """304 for a page that shows the newest version, 204 for one that should ask for itself.

    The database is not asked, so it is not known who asks: 204 is also the answer for a browser
    that is not, or no longer, known to be signed in. Its page then finds out for itself.
    """
    try:
        return _newer(request)
    except RedisError:
        return HttpResponse(status=503)
