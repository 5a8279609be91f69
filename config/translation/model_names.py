"""The names of models and of their fields, which Django derives from the code.

The admin shows them. A name that no line of code contains can't be marked there, so it is marked
here, for every model of Daybook.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy

APPS = ("accounts", "profiles", "calendars")


def mark_names() -> None:
    """Let each name be translated when it is shown. What migrations compare stays as it is."""
    for model in _models():
        options = model._meta
        singular, plural = _names_of(model)
        options.verbose_name = gettext_lazy(singular)
        options.verbose_name_plural = gettext_lazy(plural)
        for field in _fields_of(model):
            field.verbose_name = gettext_lazy(str(field.verbose_name))


def model_names() -> Iterator[str]:
    """Yield the names in English."""
    for model in _models():
        yield from _names_of(model)
        yield from (str(field.verbose_name) for field in _fields_of(model))


def _names_of(model: type[Model]) -> tuple[str, str]:
    """Return one and many; Django adds an "s" where the model doesn't name the plural."""
    singular = str(model._meta.verbose_name)
    named = model._meta.original_attrs.get("verbose_name_plural")
    return singular, str(named or f"{singular}s")


def _models() -> list[type[Model]]:
    return [model for label in APPS for model in apps.get_app_config(label).get_models()]


def _fields_of(model: type[Model]) -> list[Field]:  # type: ignore[type-arg]
    return [*model._meta.local_fields, *model._meta.local_many_to_many]
