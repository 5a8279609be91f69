"""Settings of the API (Django REST framework, drf-spectacular) and the content security policy."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.web.bodies.BoundedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.authentication.SecondFactorSetUp",
        "config.web.parameters.DeclaredParameters",
    ],
    "DEFAULT_SCHEMA_CLASS": "config.web.openapi.Schema",
    "EXCEPTION_HANDLER": "config.web.faults.api_exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Daybook",
    "DESCRIPTION": "Profiles and calendars, for mobile apps.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "EventStatusEnum": ["confirmed", "tentative"],
        "SyncStateEnum": ["synced", "pending", "conflict", "failed"],
        "WaitingStateEnum": ["pending", "conflict", "failed"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.web.openapi.document_problems",
    ],
}


def content_security_policy(*, consent_uri: str) -> dict[str, Any]:
    """Return django-csp's CONTENT_SECURITY_POLICY. `consent_uri` is Google's consent page."""
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
            "worker-src": [SELF],
            # Browsers apply this list to redirects that follow a form submission, too.
            "form-action": [SELF, f"{consent.scheme}://{consent.netloc}"],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "object-src": [NONE],
        }
    }
