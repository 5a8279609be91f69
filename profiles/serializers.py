"""The profile's JSON: nested as phones see it, flat by dotted path as the services take it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.request import Request

from config.web.public_address import public_address
from profiles.fields.dates import DateRule
from profiles.fields.rules import Value
from profiles.fields.validation import flatten_document
from profiles.fields.validators import ALIASES, FIELDS, MEMBERS, Rule
from profiles.history import is_undoable, shown_values
from profiles.models import Actor, Profile, ProfileChange
from profiles.pictures.rendering import SIZES
from profiles.services import completeness_percent

DATE_WRITINGS = (
    "YYYY-MM-DD; MM/DD/YYYY and DD/MM/YYYY are read too, where the language tells which is meant. "
    "The answer is YYYY-MM-DD."
)


class RuledField(serializers.Field[Any, Any, Any, Any]):
    """One value. null and "" clear it."""

    def __init__(self, path: str) -> None:
        rule = FIELDS[path]
        super().__init__(required=False, allow_null=True, label=rule.label)
        set_override(self, "field", _schema_of(rule))

    def to_representation(self, value: Value) -> str | None:
        return value.isoformat() if isinstance(value, datetime.date) else value


def _schema_of(rule: Rule) -> dict[str, Any]:
    """Formats like email are left out: an empty field is "", which no such format allows."""
    if isinstance(rule, DateRule):
        return {"type": "string", "description": DATE_WRITINGS, "nullable": True}
    schema: dict[str, Any] = {"type": "string", "maxLength": rule.max_length, "nullable": True}
    if rule.choices:
        schema["enum"] = [value for value, _ in rule.choices] + ["", None]
    return schema


def _parts_of(member: str) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {path.split(".")[1]: RuledField(path) for path in MEMBERS[member]}


class AddressSerializer(serializers.Serializer[Any]):
    """The parts of both addresses, whose rules are the same."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return _parts_of("personal_address")


class EmergencyContactSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return _parts_of("emergency_contact")


_OBJECTS: dict[str, type[serializers.Serializer[Any]]] = {
    "personal_address": AddressSerializer,
    "work_address": AddressSerializer,
    "emergency_contact": EmergencyContactSerializer,
}


class ProfileSerializer(serializers.Serializer[Any]):
    """The 22 members with the extensions of phones, `time_zone` as another name of `timezone`, and
    two that are only read: sent back to us, those are ignored."""

    avatar = serializers.URLField(
        read_only=True, allow_null=True, help_text="512 pixels; 128.webp is there too."
    )
    completeness = serializers.IntegerField(read_only=True, min_value=0, max_value=100)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        members = {name: _member_field(name) for name in (*MEMBERS, *ALIASES)}
        return {**members, **super().get_fields()}

    def to_internal_value(self, data: Any) -> dict[str, object]:
        """Return what was sent by dotted path, for the services to validate."""
        if not isinstance(data, Mapping):
            fault = serializers.ErrorDetail("Send a JSON object.", code="not_an_object")
            raise serializers.ValidationError({"non_field_errors": [fault]})
        return flatten_document({k: v for k, v in data.items() if k not in _ONLY_READ})


_ONLY_READ = ("avatar", "completeness")


def _member_field(name: str) -> serializers.Field[Any, Any, Any, Any]:
    nested = _OBJECTS.get(name)
    if nested:
        return nested(required=False, allow_null=True)
    return RuledField(ALIASES.get(name, name))


def present_profile(profile: Profile, request: Request) -> dict[str, Any]:
    """The JSON object of the answer; the picture's address stands where the client asked."""
    members: dict[str, Any] = {}
    for path in FIELDS:
        name, _, part = path.partition(".")
        if part:
            members.setdefault(name, {})[part] = profile.value(path)
        else:
            members[name] = profile.value(path)
    avatar = avatar_path(profile)
    document = {
        **members,
        "avatar": public_address(avatar) if avatar else None,
        **{alias: profile.value(path) for alias, path in ALIASES.items()},
        "completeness": completeness_percent(profile),
    }
    return dict(ProfileSerializer(document).data)


def avatar_path(profile: Profile, edge: int = SIZES[0]) -> str:
    """Where the picture of that size is read; empty when there is none."""
    if not profile.avatar:
        return ""
    return reverse("api_avatar_file", kwargs={"name": profile.avatar, "edge": edge})


class ProfileChangeSerializer(serializers.ModelSerializer[ProfileChange]):
    """One field's change; `undoable` while the field still has the value that it gave."""

    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()
    actor = serializers.ChoiceField(choices=Actor.choices, source="kind_of_actor", read_only=True)
    undoable = serializers.SerializerMethodField()

    class Meta:
        model = ProfileChange
        fields = (
            "id", "version", "field", "before", "after", "door", "actor", "changed_at", "undoable"
        )  # fmt: skip

    def get_before(self, change: ProfileChange) -> str:
        return shown_values(change)[0]

    def get_after(self, change: ProfileChange) -> str:
        return shown_values(change)[1]

    def get_undoable(self, change: ProfileChange) -> bool:
        return is_undoable(change, change.owner.profile)
