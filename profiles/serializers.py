"""The profile's JSON: nested as phones see it, flat by dotted path as the services take it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.request import Request

from profiles.history import is_undoable
from profiles.models import Profile, ProfileChange
from profiles.pictures import SIZES
from profiles.dates import DateRule
from profiles.rules import TextRule, Value
from profiles.services import completeness_percent
from profiles.validators import FIELDS, MEMBERS


class RuledField(serializers.Field[Any, Any, Any, Any]):
    """One value under its rule. null and "" clear it."""

    def __init__(self, path: str) -> None:
        rule = FIELDS[path]
        super().__init__(required=False, allow_null=True, label=rule.label)
        self.rule = rule
        set_override(self, "field", _schema_of(rule))

    def to_internal_value(self, data: object) -> Value:
        return self.rule.clean(data)

    def to_representation(self, value: Value) -> str | None:
        return value.isoformat() if isinstance(value, datetime.date) else value


def _schema_of(rule: TextRule | DateRule) -> dict[str, Any]:
    """Formats like email are left out: an empty field is "", which no such format allows."""
    if isinstance(rule, DateRule):
        return {"type": "string", "format": "date", "nullable": True}
    schema: dict[str, Any] = {"type": "string", "maxLength": rule.max_length, "nullable": True}
    if rule.choices:
        schema["enum"] = [value for value, _ in rule.choices] + ["", None]
    return schema


class KnownMembers(serializers.Serializer[Any]):
    """An object that refuses every member it does not know, together with the other faults."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown_members(data)
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from None
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return known

    def _unknown_members(self, data: object) -> dict[str, list[serializers.ErrorDetail]]:
        if not isinstance(data, Mapping):
            return {}
        fault = serializers.ErrorDetail("A profile has no such field.", code="unknown_field")
        return {_printable(name): [fault] for name in data if name not in self.fields}


def _printable(name: str) -> str:
    """A client's own word, fit to be told back: short, and without what UTF-8 cannot carry."""
    return name[:64].encode("utf-8", "replace").decode()


class PartsSerializer(KnownMembers):
    """An object within the profile; null and "" clear all of its parts."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" else data)


def _parts_of(member: str) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {path.split(".")[1]: RuledField(path) for path in MEMBERS[member]}


class AddressSerializer(PartsSerializer):
    """The parts of both addresses, whose rules are the same."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return _parts_of("personal_address")


class EmergencyContactSerializer(PartsSerializer):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return _parts_of("emergency_contact")


_OBJECTS: dict[str, type[PartsSerializer]] = {
    "personal_address": AddressSerializer,
    "work_address": AddressSerializer,
    "emergency_contact": EmergencyContactSerializer,
}


class ProfileSerializer(KnownMembers):
    """The 22 members, and two that are only read: sent back to us, those are ignored."""

    avatar = serializers.URLField(
        read_only=True, allow_null=True, help_text="512 pixels; 128.webp is there too."
    )
    completeness = serializers.IntegerField(read_only=True, min_value=0, max_value=100)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        members = {name: _member_field(name) for name in MEMBERS}
        return {**members, **super().get_fields()}

    def flat_values(self) -> dict[str, Value]:
        """What was sent, by dotted path; an object that was cleared has all of its parts."""
        flat: dict[str, Value] = {}
        for name, value in self.validated_data.items():
            if name not in _OBJECTS:
                flat[name] = value
            elif value is None:
                flat.update(dict.fromkeys(MEMBERS[name]))
            else:
                flat.update({f"{name}.{part}": inner for part, inner in value.items()})
        return flat


def _member_field(name: str) -> serializers.Field[Any, Any, Any, Any]:
    nested = _OBJECTS.get(name)
    return nested(required=False, allow_null=True) if nested else RuledField(name)


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
        "avatar": request.build_absolute_uri(avatar) if avatar else None,
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

    actor = serializers.SerializerMethodField(help_text="owner, administrator or nobody.")
    undoable = serializers.SerializerMethodField()

    class Meta:
        model = ProfileChange
        fields = (
            "id", "version", "field", "before", "after", "door", "actor", "changed_at", "undoable"
        )  # fmt: skip

    def get_actor(self, change: ProfileChange) -> str:
        return kind_of_actor(change)

    def get_undoable(self, change: ProfileChange) -> bool:
        return is_undoable(change, change.owner.profile)


def kind_of_actor(change: ProfileChange) -> str:
    """An administrator's own name is no business of the person's."""
    if change.actor_id is None:
        return "nobody"
    return "owner" if change.actor_id == change.owner_id else "administrator"
