"""Serve the metrics of `config.metrics` to authorised clients.

With PROMETHEUS_MULTIPROC_DIR, which `up` and `demo` set, the processes of one machine share their
counts; without it each process has its own.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from config.metrics import REQUEST_SECONDS
from config.web.middleware import Middleware

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FORWARDING = (
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Real-IP",
    "Forwarded",
    "Via",
)
LOOPBACK_NAMES = ("localhost",)


class MetricsMiddleware(Middleware):
    """Counts and times every response by its route, never by the requested path."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.route if match else "(none)"
        method = request.method if request.method in METHODS else "(other)"
        labels = REQUEST_SECONDS.labels(route, method, response.status_code)
        labels.observe(time.perf_counter() - began)
        return response


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Serve the metrics to a client with METRICS_TOKEN, or to the desk itself if none is set.

    Any other client gets 404.
    """
    if not (_has_token(request) or _is_from_this_machine(request)):
        return HttpResponseNotFound()
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _has_token(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given.encode(), expected.encode())


def _is_from_this_machine(request: HttpRequest) -> bool:
    """Return whether the request comes from this machine, at a desk with a loopback PUBLIC_URL.

    Elsewhere a proxy that adds no header may stand in front, and its requests come from loopback
    too.
    """
    if settings.METRICS_TOKEN or not settings.DESK or not _names_loopback(settings.PUBLIC_URL):
        return False
    if any(name in request.headers for name in FORWARDING):
        return False
    return _names_loopback(f"//{request.get_host()}") and _is_loopback(
        request.META.get("REMOTE_ADDR", "")
    )


def _names_loopback(url: str) -> bool:
    return _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in LOOPBACK_NAMES
