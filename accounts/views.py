"""Addresses of accounts that are neither pages nor API."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.keys import key_ring
from accounts.security_context import without_transaction


@without_transaction
@require_safe
@cache_control(public=True, max_age=300)
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys that verify access tokens (RFC 7517)."""
    response = JsonResponse(key_ring().jwks())
    response["Content-Type"] = "application/jwk-set+json"
    return response
