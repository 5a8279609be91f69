"""What goes into and comes out of the token endpoints."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.bearer import MAX_TOKEN_BYTES
from accounts.sessions import TokenPair

DEFAULT_CLIENT_ID = "daybook-api"


class SignInSerializer(serializers.Serializer[dict[str, Any]]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(
        max_length=1024, trim_whitespace=False, style={"input_type": "password"}
    )
    client_id = serializers.RegexField(
        r"\A[A-Za-z0-9._:-]+\Z",
        max_length=64,
        default=DEFAULT_CLIENT_ID,
        help_text="Names the app; it comes back in its access tokens.",
    )
    device_label = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="What the person calls this device, for the list of sessions.",
    )


class RefreshSerializer(serializers.Serializer[dict[str, Any]]):
    refresh = serializers.CharField(max_length=MAX_TOKEN_BYTES)


class TokenPairSerializer(serializers.Serializer[TokenPair]):
    access = serializers.CharField(help_text="For `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="Good once, for the next pair. Keep it secret.")
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds that the access token lives.")
    session_id = serializers.UUIDField()
