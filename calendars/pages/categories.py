"""The categories of the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.security_context import repeatable
from calendars.models import Category, CategoryLesson
from calendars.models.palette import GRAPHITE, PALETTE, hue_of
from calendars.timeline.categories import AHEAD, classifier_of, counts_ahead
from calendars.timeline.category_choices import ensure_categories, forget_lesson
from calendars.timeline.category_editing import change_category, create_category, delete_category
from config.web.problems import DomainError, FieldFault, Kind

NEW = "new"


@dataclass(slots=True)
class CategoryForm:
    """A category as its form shows it: as stored, or as it was typed and refused."""

    key: str
    name: str = ""
    hue: int = GRAPHITE
    emoji: str = ""
    weight: str = "0"
    keywords: str = ""
    is_default: bool = False
    ahead: int = 0
    lessons: list[CategoryLesson] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, category: Category) -> CategoryForm:
        return cls(
            key=str(category.pk),
            name=category.name,
            hue=hue_of(category.colour),
            emoji=category.emoji,
            weight=str(category.weight),
            keywords=", ".join(category.keywords),
            is_default=category.is_default,
        )

    def take(self, given: Mapping[str, str], faults: Iterable[FieldFault]) -> None:
        """Keep what was typed, with what is wrong with it."""
        for name in ("name", "emoji", "weight", "keywords"):
            setattr(self, name, given.get(name, ""))
        if given.get("hue", "") in map(str, PALETTE):
            self.hue = int(given["hue"])
        for fault in faults:
            self.errors.setdefault(fault.field.partition(".")[0], []).append(fault.message)


@never_cache
@login_required
@require_safe
def categories(request: PersonRequest) -> HttpResponse:
    return _show(request)


@repeatable
@login_required
@require_POST
def add(request: PersonRequest) -> HttpResponse:
    try:
        made = create_category(owner_id=request.user.pk, values=_values(request.POST))
    except DomainError as error:
        return _refused(request, NEW, error)
    messages.success(request, _("%(name)s was added.") % {"name": made.name})
    return redirect("settings-categories")


@repeatable
@login_required
@require_POST
def change(request: PersonRequest, category_id: UUID) -> HttpResponse:
    """Save a category, or delete it."""
    owner_id = request.user.pk
    try:
        if "delete" in request.POST:
            delete_category(owner_id=owner_id, category_id=category_id)
            messages.success(request, _("The category was deleted."))
        else:
            values = _values(request.POST)
            saved = change_category(owner_id=owner_id, category_id=category_id, values=values)
            messages.success(request, _("%(name)s was saved.") % {"name": saved.name})
    except DomainError as error:
        return _refused(request, str(category_id), error)
    return redirect("settings-categories")


@repeatable
@login_required
@require_POST
def forget(request: PersonRequest, lesson_id: UUID) -> HttpResponse:
    try:
        forget_lesson(owner_id=request.user.pk, lesson_id=lesson_id)
    except DomainError as error:
        messages.info(request, error.message)
    return redirect("settings-categories")


def _refused(request: PersonRequest, key: str, error: DomainError) -> HttpResponse:
    if error.kind is Kind.NOT_FOUND:
        raise Http404(error.message) from error
    if not error.faults:
        messages.error(request, error.message)
    return _show(request, refused=key, faults=error.faults, status=error.kind.value)


def _show(
    request: PersonRequest,
    *,
    refused: str = "",
    faults: Iterable[FieldFault] = (),
    status: int = 200,
) -> HttpResponse:
    forms = [*_forms(request.user.pk), CategoryForm(NEW)]
    for form in forms:
        if form.key == refused:
            form.take(request.POST.dict(), faults)
    context = {
        "forms": forms[:-1],
        "new": forms[-1],
        "opened": refused,
        "days": AHEAD.days,
        "palette": [(hue, name) for hue, (name, _colour) in PALETTE.items()],
    }
    return render(request, "settings/categories.html", context, status=status)


def _forms(owner_id: int) -> Iterator[CategoryForm]:
    stored = ensure_categories(owner_id)
    classifier = classifier_of(owner_id)
    counts = counts_ahead(classifier, owner_id=owner_id, start_at=timezone.now())
    lessons: dict[UUID, list[CategoryLesson]] = {}
    for lesson in CategoryLesson.objects.filter(owner_id=owner_id).order_by("title"):
        lessons.setdefault(lesson.category_id, []).append(lesson)
    for category in stored:
        form = CategoryForm.of(category)
        form.ahead = counts[category.pk]
        form.lessons = lessons.get(category.pk, [])
        yield form


def _values(given: QueryDict) -> dict[str, Any]:
    """Read the form. Raises DomainError for a weight that is no number."""
    hue, weight = given.get("hue", ""), given.get("weight", "0").strip() or "0"
    if not (weight.isascii() and weight.isdigit() and len(weight) < 4):
        message = _("Use a number from 0 to %(most)s.") % {"most": 100}
        fault = FieldFault("weight", "out-of-range", message)
        raise DomainError(Kind.INVALID, "invalid", message, faults=[fault])
    if hue not in map(str, PALETTE):
        raise Http404
    return {
        "name": given.get("name", ""),
        "colour": PALETTE[int(hue)][1],
        "emoji": given.get("emoji", ""),
        "weight": int(weight),
        "keywords": re.split(r"[,\n]", given.get("keywords", "")),
    }
