"""What a browser may keep of an answer: nothing of who is signed in, by default.

Whoever signs out says so here. Authentication imports it, so nothing here may import DRF's views.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PRIVATE = "private, no-store"
# Cookies stay: a known device outlives a sign-out. So does "storage", where the chosen theme is
# kept and nothing of a person's.
CLEARED = '"cache"'
_CLEAR = "clear_site_data"


def clear_site_data(request: HttpRequest) -> None:
    """The browser drops what it kept of our pages when it gets this request's answer."""
    setattr(request, _CLEAR, True)


def tell_browser(request: HttpRequest, response: HttpResponseBase, *, private: bool) -> None:
    """Adds Cache-Control where a view said nothing, and Clear-Site-Data after a sign-out."""
    if private and not response.has_header("Cache-Control"):
        response["Cache-Control"] = PRIVATE
    if getattr(request, _CLEAR, False):
        response["Clear-Site-Data"] = CLEARED
