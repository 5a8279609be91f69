"""The profile (one row per user, each column validated by its rule in `FIELDS`) and its changes."""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from profiles.fields.constraints import every_check
from profiles.fields.dates import DateRule
from profiles.fields.rules import TextRule, Value, Values
from profiles.fields.validators import EXTENSIONS, FIELDS, column_of, extension_within

if TYPE_CHECKING:
    TextColumn = models.CharField[str, str]
    DateColumn = models.DateField[str | datetime.date | None, datetime.date | None]
else:
    TextColumn = models.CharField  # not generic at run time
    DateColumn = models.DateField


class RuledTextField(TextColumn):
    """A text column that takes its length, label and normal form from its rule."""

    def __init__(self, path: str) -> None:
        rule = cast(TextRule, FIELDS[path])
        self.path, self.rule = path, rule
        super().__init__(
            rule.label,
            max_length=rule.max_length,
            blank=True,
            default="",
            choices=rule.choices or None,
        )

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        around = _around(model_instance)
        normal = self.rule.clean(value, around)
        self.validate(normal, model_instance)
        if self.path in EXTENSIONS and (extension := extension_within(self.path, value, around)):
            setattr(model_instance, column_of(EXTENSIONS[self.path]), extension)
        return normal

    def formfield(self, **kwargs: Any) -> Any:
        """Use a textarea in the admin for multi-line text; a text input would drop its line
        ends."""
        if self.rule.multiline:
            kwargs["widget"] = forms.Textarea
        return super().formfield(**kwargs)

    def clone(self) -> RuledTextField:
        return RuledTextField(self.path)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Appear as a plain column in migrations, so that a new label or message needs none."""
        name, _, _, options = super().deconstruct()
        shape = {key: options[key] for key in ("max_length", "blank", "default")}
        return name, "django.db.models.CharField", [], shape


class RuledDateField(DateColumn):
    """A date column that takes its label and limits from its rule; NULL if empty."""

    def __init__(self, path: str) -> None:
        rule = cast(DateRule, FIELDS[path])
        self.path, self.rule = path, rule
        super().__init__(rule.label, null=True, blank=True)

    def clean(self, value: Any, model_instance: models.Model | None) -> datetime.date | None:
        return self.rule.clean(value, _around(model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """Use a text field: Django's date formats would read 01/02/2000 in a fixed order."""
        return forms.CharField(label=self.verbose_name, required=False)

    def clone(self) -> RuledDateField:
        return RuledDateField(self.path)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, _, _ = super().deconstruct()
        return name, "django.db.models.DateField", [], {"null": True, "blank": True}


def _around(profile: models.Model | None) -> Values:
    return profile.values() if isinstance(profile, Profile) else {}


class Profile(models.Model):
    """A user's profile. Created by the first read or write; `version` increases with each
    change."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="profile"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    avatar = models.CharField(
        max_length=43,
        blank=True,
        default="",
        editable=False,
        help_text=gettext_lazy("The unguessable file name of the picture."),
    )

    grandfathered = ArrayField(
        models.CharField(max_length=63),
        default=list,
        editable=False,
        help_text=gettext_lazy("Columns whose values are older than their rules."),
    )

    first_name = RuledTextField("first_name")
    last_name = RuledTextField("last_name")
    display_name = RuledTextField("display_name")
    date_of_birth = RuledDateField("date_of_birth")
    phone_number = RuledTextField("phone_number")
    phone_number_extension = RuledTextField("phone_number_extension")
    alternate_phone = RuledTextField("alternate_phone")
    alternate_phone_extension = RuledTextField("alternate_phone_extension")
    personal_address_street = RuledTextField("personal_address.street")
    personal_address_street2 = RuledTextField("personal_address.street2")
    personal_address_city = RuledTextField("personal_address.city")
    personal_address_state = RuledTextField("personal_address.state")
    personal_address_postal_code = RuledTextField("personal_address.postal_code")
    personal_address_country = RuledTextField("personal_address.country")
    job_title = RuledTextField("job_title")
    company = RuledTextField("company")
    department = RuledTextField("department")
    work_phone = RuledTextField("work_phone")
    work_phone_extension = RuledTextField("work_phone_extension")
    work_email = RuledTextField("work_email")
    work_address_street = RuledTextField("work_address.street")
    work_address_street2 = RuledTextField("work_address.street2")
    work_address_city = RuledTextField("work_address.city")
    work_address_state = RuledTextField("work_address.state")
    work_address_postal_code = RuledTextField("work_address.postal_code")
    work_address_country = RuledTextField("work_address.country")
    preferred_contact_method = RuledTextField("preferred_contact_method")
    emergency_contact_name = RuledTextField("emergency_contact.name")
    emergency_contact_relationship = RuledTextField("emergency_contact.relationship")
    emergency_contact_phone = RuledTextField("emergency_contact.phone")
    emergency_contact_phone_extension = RuledTextField("emergency_contact.phone_extension")
    emergency_contact_email = RuledTextField("emergency_contact.email")
    bio = RuledTextField("bio")
    website = RuledTextField("website")
    linkedin = RuledTextField("linkedin")
    twitter = RuledTextField("twitter")
    github = RuledTextField("github")
    timezone = RuledTextField("timezone")
    language = RuledTextField("language")

    class Meta:
        constraints = every_check()

    def __str__(self) -> str:
        return f"Profile {self.pk}"

    def value(self, path: str) -> Value:
        """Return the stored value of a dotted path in `FIELDS`."""
        stored: Value = getattr(self, column_of(path))
        return stored

    def values(self) -> dict[str, Value]:
        """Return all stored values by dotted path."""
        return {path: self.value(path) for path in FIELDS}


class Preferences(models.Model):
    """How pages show times and calendars to a user. An empty value follows the user's locale."""

    class HourCycle(models.TextChoices):
        LOCALE = "", gettext_lazy("As usual in my language")
        TWELVE = "12", gettext_lazy("12 hours")
        TWENTY_FOUR = "24", gettext_lazy("24 hours")

    class WeekStart(models.IntegerChoices):
        MONDAY = 0, gettext_lazy("Monday")
        SATURDAY = 5, gettext_lazy("Saturday")
        SUNDAY = 6, gettext_lazy("Sunday")

    class Density(models.TextChoices):
        COMPACT = "compact", gettext_lazy("Compact")
        NORMAL = "normal", gettext_lazy("Normal")
        ROOMY = "roomy", gettext_lazy("Roomy")

    class Weeks(models.IntegerChoices):
        TWO = 2, gettext_lazy("2 weeks")
        THREE = 3, gettext_lazy("3 weeks")
        FOUR = 4, gettext_lazy("4 weeks")

    class View(models.TextChoices):
        DAY = "day", gettext_lazy("Day")
        WEEK = "week", gettext_lazy("Week")
        WEEKS = "weeks", gettext_lazy("Weeks")
        MONTH = "month", gettext_lazy("Month")
        AGENDA = "agenda", gettext_lazy("Agenda")

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preferences"
    )
    hour_cycle = models.CharField(max_length=2, blank=True, default="", choices=HourCycle)
    week_start = models.PositiveSmallIntegerField(null=True, blank=True, choices=WeekStart)
    second_zone = models.CharField(max_length=64, blank=True, default="")
    week_numbers = models.BooleanField(default=False)
    density = models.CharField(max_length=7, default=Density.NORMAL, choices=Density)
    weeks = models.PositiveSmallIntegerField(default=Weeks.THREE, choices=Weeks)
    view = models.CharField(max_length=6, default=View.WEEK, choices=View)

    class Meta:
        verbose_name_plural = gettext_lazy("preferences")

    def __str__(self) -> str:
        return f"Preferences {self.pk}"


class Door(models.TextChoices):
    """The door that a change came through."""

    PAGE = "page", gettext_lazy("Profile page")
    API = "api", gettext_lazy("Phone or program")
    ADMIN = "admin", gettext_lazy("Administration")
    IMPORT = "import", gettext_lazy("Import from the old system")
    UNDO = "undo", gettext_lazy("Undo")
    SIGN_IN = "signin", gettext_lazy("Sign-in")
    CALENDAR = "sync", gettext_lazy("First calendar")


class Actor(models.TextChoices):
    """The author of a change as shown to the owner, without the name of an administrator."""

    OWNER = "owner", gettext_lazy("You")
    ADMINISTRATOR = "administrator", gettext_lazy("An administrator")
    NOBODY = "nobody", "Daybook"


class ProfileChange(models.Model):
    """A change of one field. Its values are text as in the API; "" is an empty field."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(
        help_text=gettext_lazy("The profile's version after the change.")
    )
    field = models.CharField(
        max_length=64, help_text=gettext_lazy("The field's dotted path, or avatar.")
    )
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    door = models.CharField(max_length=6, choices=Door)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "version", "field"], name="profile_change_once_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of profile {self.owner_id}, version {self.version}"

    @property
    def kind_of_actor(self) -> Actor:
        if self.actor_id is None:
            return Actor.NOBODY
        return Actor.OWNER if self.actor_id == self.owner_id else Actor.ADMINISTRATOR
