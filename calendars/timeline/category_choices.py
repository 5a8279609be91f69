"""What a person chooses for events, and what Daybook learns from it."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.security_context import acting_as_system
from calendars.models import Category, CategoryChoice, CategoryLesson, CategorySetup, Event
from calendars.models.category import LONGEST_TITLE
from calendars.models.change import current_change_set
from calendars.timeline.categories import title_key
from calendars.timeline.known_categories import known_categories
from config.web.problems import DomainError, FieldFault, Kind

MOST_CHOICES = 5000
MOST_LESSONS = 2000  # above it, the titles that were learnt first are forgotten


def ensure_categories(owner_id: int) -> list[Category]:
    """Return the owner's stored categories. The known ones are created once for each person.

    Of two concurrent first requests one inserts the mark; the other waits for its commit, and then
    reads what it created.
    """
    with transaction.atomic():
        if CategorySetup.objects.get_or_create(owner_id=owner_id)[1]:
            Category.objects.bulk_create(known_categories(owner_id))
    return list(Category.objects.filter(owner_id=owner_id).order_by("position", "pk"))


def lock_categories(owner_id: int) -> list[Category]:
    """Return the owner's categories, which nothing else changes until the transaction ends."""
    ensure_categories(owner_id)
    CategorySetup.objects.select_for_update().get(owner_id=owner_id)
    return list(Category.objects.filter(owner_id=owner_id).order_by("position", "pk"))


@transaction.atomic
def set_category(*, owner_id: int, event_id: UUID, category_id: UUID | None) -> None:
    """Choose the category of an event, which its title teaches; None takes the choice back, and
    what it taught.

    Of a series the master is chosen for; exceptions follow it unless they were chosen for
    themselves. Raises DomainError NOT_FOUND for another person's event, INVALID for a category
    that isn't there.
    """
    event = _owned_event(owner_id, event_id)
    known = {category.pk for category in lock_categories(owner_id)}
    if category_id is not None and category_id not in known:
        message = _("Choose one of your categories.")
        fault = FieldFault("category", "unknown-category", message)
        raise DomainError(Kind.INVALID, "invalid", message, faults=[fault])
    concerned = {*_take_back(owner_id, event_id), *filter(None, [category_id])}
    if category_id is not None:
        _choose(owner_id, event_id, category_id)
        concerned |= _learn(owner_id, event, category_id)
    mark_changed(owner_id, concerned)


@transaction.atomic
def forget_lesson(*, owner_id: int, lesson_id: UUID) -> None:
    """Forget a learnt title; the choices that were made for events stay."""
    lock_categories(owner_id)
    lesson = CategoryLesson.objects.filter(owner_id=owner_id, pk=lesson_id).first()
    if lesson is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("This title was already forgotten."))
    lesson.delete()
    mark_changed(owner_id, {lesson.category_id})


def mark_changed(owner_id: int, category_ids: set[UUID]) -> None:
    """Put categories into the change sequence, because other events have them now."""
    if category_ids:
        concerned = Category.objects.filter(owner_id=owner_id, pk__in=category_ids)
        concerned.update(change_set=current_change_set())


def prune_choices() -> int:
    """Delete the choices of events that are gone: their history, with which an event could be
    restored, is kept no longer."""
    with acting_as_system(reason="retention"), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM calendars_categorychoice AS choice"
            " WHERE NOT EXISTS (SELECT FROM calendars_event WHERE id = choice.event_id)"
            " AND NOT EXISTS (SELECT FROM calendars_eventchange WHERE event_id = choice.event_id)"
        )
        return int(cursor.rowcount)


def _owned_event(owner_id: int, event_id: UUID) -> Event:
    events = Event.objects.filter(owner_id=owner_id, calendar__removed_at=None)
    event = events.filter(pk=event_id).only("summary").first()
    if event is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Event not found."))
    return event


def _take_back(owner_id: int, event_id: UUID) -> set[UUID]:
    """Return the categories that were chosen, and taught, by this event."""
    choices = CategoryChoice.objects.filter(owner_id=owner_id, event_id=event_id)
    lessons = CategoryLesson.objects.filter(owner_id=owner_id, learnt_from=event_id)
    former = {*choices.values_list("category_id", flat=True)}
    former |= {*lessons.values_list("category_id", flat=True)}
    choices.delete()
    lessons.delete()
    return former


def _choose(owner_id: int, event_id: UUID, category_id: UUID) -> None:
    if CategoryChoice.objects.filter(owner_id=owner_id).count() >= MOST_CHOICES:
        message = _("At most %(most)s events can have a category of their own.")
        raise DomainError(Kind.CONFLICT, "too-many-choices", message % {"most": MOST_CHOICES})
    CategoryChoice.objects.create(owner_id=owner_id, event_id=event_id, category_id=category_id)


def _learn(owner_id: int, event: Event, category_id: UUID) -> set[UUID]:
    """Return the category that this title taught before."""
    title = title_key(event.summary)
    if not title:
        return set()
    lessons = CategoryLesson.objects.filter(owner_id=owner_id)
    former = set(lessons.filter(title=title).values_list("category_id", flat=True))
    lessons.filter(title=title).delete()
    kept = lessons.order_by("-learnt_at", "pk").values("pk")[: MOST_LESSONS - 1]
    lessons.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    lessons.create(
        owner_id=owner_id,
        category_id=category_id,
        title=title,
        written=" ".join(event.summary.split())[:LONGEST_TITLE],
        learnt_from=event.pk,
    )
    return former
