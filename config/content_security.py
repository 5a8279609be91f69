"""What a page of ours may load, run and be sent to (Content Security Policy, level 3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF


def content_security_policy(*, consent_uri: str) -> dict[str, Any]:
    """django-csp's CONTENT_SECURITY_POLICY; `consent_uri` is where Google asks a person."""
    consent = urlsplit(consent_uri)
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:"],
            "font-src": [SELF],
            "connect-src": [SELF],
            "manifest-src": [SELF],
            # Browsers hold redirects that follow a form to this list too.
            "form-action": [SELF, f"{consent.scheme}://{consent.netloc}"],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "object-src": [NONE],
        }
    }
