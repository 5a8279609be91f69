"""The profile's JSON: nested for clients, flat by dotted path for the services."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
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

DATE_FORMATS = (
    "YYYY-MM-DD. MM/DD/YYYY and DD/MM/YYYY are accepted if the language determines "
    "the order. The response always has YYYY-MM-DD."
)


class RuledField(serializers.Field[Any, Any, Any, Any]):
    """One value; null and "" clear it."""

    def __init__(self, path: str) -> None:
        rule = FIELDS[path]
        super().__init__(required=False, allow_null=True, label=rule.label)
        set_override(self, "field", _schema_of(rule))

    def to_representation(self, value: Value) -> str | None:
        return value.isoformat() if isinstance(value, datetime.date) else value


def _schema_of(rule: Rule) -> dict[str, Any]:
    """Return the OpenAPI schema. It has no formats such as email, because an empty field is ""."""
    if isinstance(rule, DateRule):
        return {"type": "string", "description": DATE_FORMATS, "nullable": True}
    schema: dict[str, Any] = {"type": "string", "maxLength": rule.max_length, "nullable": True}
    if rule.choices:
        schema["enum"] = [value for value, _ in rule.choices] + ["", None]
    return schema


def _parts_of(member: str) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {path.split(".")[1]: RuledField(path) for path in MEMBERS[member]}


class AddressSerializer(serializers.Serializer[Any]):
    """The parts of an address; both addresses have the same rules."""

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
    """The 22 members with the phone extensions, `time_zone` as an alias of `timezone`, and two
    read-only members, which are ignored when a client sends them."""

    avatar = serializers.URLField(
        read_only=True,
        allow_null=True,
        help_text="512 pixels; 128.webp is available at the same address.",
    )
    completeness = serializers.IntegerField(read_only=True, min_value=0, max_value=100)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        members = {name: _member_field(name) for name in (*MEMBERS, *ALIASES)}
        return {**members, **super().get_fields()}

    def to_internal_value(self, data: Any) -> dict[str, object]:
        """Return the request's values by dotted path; the services validate them."""
        if not isinstance(data, Mapping):
            fault = serializers.ErrorDetail(_("Send a JSON object."), code="not_an_object")
            raise serializers.ValidationError({"non_field_errors": [fault]})
        return flatten_document({k: v for k, v in data.items() if k not in _ONLY_READ})


_ONLY_READ = ("avatar", "completeness")


def _member_field(name: str) -> serializers.Field[Any, Any, Any, Any]:
    nested = _OBJECTS.get(name)
    if nested:
        return nested(required=False, allow_null=True)
    return RuledField(ALIASES.get(name, name))


def present_profile(profile: Profile, request: Request) -> dict[str, Any]:
    """Return the JSON object of the response, with the public address of the picture."""
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
    """Return the path of the picture in that size, or "" if there is none."""
    if not profile.avatar:
        return ""
    return reverse("api_avatar_file", kwargs={"name": profile.avatar, "edge": edge})


class ProfileChangeSerializer(serializers.ModelSerializer[ProfileChange]):
    """A change of one field; `undoable` while the field still has the value of the change."""

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
