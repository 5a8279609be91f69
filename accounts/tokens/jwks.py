"""The public halves of the keys, for whoever verifies access tokens."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.security_context import without_transaction
from accounts.tokens.keys import key_ring


@without_transaction
@require_safe
@cache_control(public=True, max_age=300)
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys that verify access tokens (RFC 7517)."""
    response = JsonResponse(key_ring().jwks())
    response["Content-Type"] = "application/jwk-set+json"
    return response
