"""The API's description knows the token endpoints and both ways to authenticate."""

from __future__ import annotations

from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings


def test_endpoints_bodies_and_schemes_are_described(settings: Settings) -> None:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]

    assert schema["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
    }
    sign_in = schema["paths"]["/api/v1/auth/token"]["post"]
    assert "security" not in sign_in or {} in sign_in["security"]
    assert schema["components"]["schemas"]["SignInRequest"]["required"] == ["email", "password"]
    pair = schema["components"]["schemas"]["TokenPair"]["properties"]
    assert pair.keys() == {"access", "refresh", "token_type", "expires_in", "session_id"}
    assert schema["paths"]["/api/v1/auth/logout"]["post"]["security"] == [
        {"bearer": []},
        {"cookie": []},
    ]
