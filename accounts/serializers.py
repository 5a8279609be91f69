"""Serializers of the account, session and token endpoints."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.fields import normalise_email
from accounts.models import Session
from accounts.sessions.lifecycle import TokenPair
from accounts.tokens.access import MAX_TOKEN_BYTES

DEFAULT_CLIENT_ID = "daybook-api"


class SignInSerializer(serializers.Serializer[dict[str, Any]]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(
        max_length=1024, trim_whitespace=False, style={"input_type": "password"}
    )
    otp = serializers.CharField(
        max_length=32,
        default="",
        allow_blank=True,
        help_text=(
            "If two-step sign-in is set up: a code of the authenticator app or a recovery code."
        ),
    )
    client_id = serializers.RegexField(
        r"\A[A-Za-z0-9._:-]+\Z",
        max_length=64,
        default=DEFAULT_CLIENT_ID,
        help_text="Identifies the app; it's included in its access tokens.",
    )
    device_label = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="The user's name for this device, shown in the list of sessions.",
    )


class DeletionSerializer(serializers.Serializer[dict[str, Any]]):
    """Requires the account's address, which a client that deletes by mistake doesn't send."""

    confirm = serializers.CharField(
        max_length=254, help_text="The email address of the account, as confirmation."
    )

    def validate_confirm(self, email: str) -> str:
        if normalise_email(email) != self.context["user"].email:
            raise serializers.ValidationError(
                _("To delete the account, enter its email address."), code="other-address"
            )
        return email


class RefreshSerializer(serializers.Serializer[dict[str, Any]]):
    refresh = serializers.CharField(max_length=MAX_TOKEN_BYTES)


class SessionSerializer(serializers.ModelSerializer[Session]):
    """A signed-in device."""

    current = serializers.SerializerMethodField(
        help_text="Whether this request belongs to the session."
    )
    ip = serializers.IPAddressField(source="last_ip", allow_null=True)
    kind = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = (
            "id",
            "kind",
            "device_label",
            "current",
            "created_at",
            "last_seen_at",
            "ip",
            "user_agent",
        )
        read_only_fields = fields

    def get_current(self, session: Session) -> bool:
        return bool(session.pk == self.context["current_id"])

    @extend_schema_field(serializers.ChoiceField(choices=["app", "browser"]))
    def get_kind(self, session: Session) -> str:
        return "browser" if session.is_browser else "app"


class TokenPairSerializer(serializers.Serializer[TokenPair]):
    access = serializers.CharField(help_text="For `Authorization: Bearer …`.")
    refresh = serializers.CharField(
        help_text="Valid once, for the next token pair. Keep it secret."
    )
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Lifetime of the access token in seconds.")
    session_id = serializers.UUIDField()
