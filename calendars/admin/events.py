"""Events and occurrences in admin: read-only, and as quick with millions of rows as with a few.

Lists are in the order of an index, filters and searches go by indexed columns, and pages are
counted up to a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_site import ReadOnlyAdmin
from accounts.models import User
from calendars.models import Calendar, Event, ListedOccurrence, event_id_for, events_of

PAGE = 50
MOST = 40 * PAGE  # the database goes through all pages before one


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages through the first MOST rows: to count all takes longer the more there are."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by().values("pk")[:MOST].count()


class TypedFilter(admin.SimpleListFilter):
    """A filter whose value is typed: a list of all people would itself be millions of rows."""

    template = "admin/calendars/typed_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        name = str(self.parameter_name)
        yield {
            "name": name,
            "value": self.value() or "",
            "others": changelist.get_filters_params().items(),
            "query": changelist.query,
            "without": changelist.get_query_string(remove=[name]),
        }


class OwnerFilter(TypedFilter):
    title = gettext_lazy("owner (number or email)")
    parameter_name = "owner_id"

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return rows if not value else rows.filter(_of_owner(rows, _owner_id(value)))


class CalendarFilter(TypedFilter):
    title = gettext_lazy("calendar (id)")
    parameter_name = "calendar_id"

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return rows
        calendar_id = _uuid(value)
        return rows.filter(_of_calendars(rows, [calendar_id])) if calendar_id else rows.none()


class TimelineAdmin(ReadOnlyAdmin):
    list_per_page = PAGE
    list_max_show_all = 0
    paginator = BoundedPaginator
    list_filter = (OwnerFilter, CalendarFilter)
    prefetched: tuple[str, ...] = ("owner", "calendar")
    sortable_by = ()
    search_fields = ("pk",)  # for the box: get_search_results reads it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Joined instead, the rows of all pages before would be joined too."""
        return super().get_queryset(request).prefetch_related(*self.prefetched)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        bound = _("At most %(most)s are listed: filter or search for others.") % {
            "most": f"{MOST:,}"
        }
        return super().changelist_view(request, {"subtitle": bound, **(extra_context or {})})


@admin.register(Event)
class EventAdmin(TimelineAdmin):
    list_display = ("__str__", "owner", "calendar", "start_at", "status", "remote_id")
    search_help_text = gettext_lazy(
        "An event's id, a person's email address; with a filter also Google's id of an event."
    )
    ordering = ("pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Google's id is indexed with the calendar's only."""
        text = search_term.strip()
        if not text:
            return queryset, False
        if "@" in text:
            return queryset.filter(_of_owner(queryset, _owner_id(text))), False
        ids = [event_id_for(pk, text) for pk in _filtered_calendars(request)]
        if event_id := _uuid(text):
            ids.append(event_id)
        return queryset.filter(pk__in=ids), False


@admin.register(ListedOccurrence)
class OccurrenceAdmin(TimelineAdmin):
    list_display = ("event", "owner", "calendar", "start_at", "end_at", "all_day")
    fields = (
        "event_page", "owner", "calendar", "original_start_at", "start_at", "end_at", "all_day",
        "long",
    )  # fmt: skip
    readonly_fields = ("event_page",)
    search_help_text = gettext_lazy("An event's id, or a person's email address.")

    prefetched = ("owner", "calendar", "event")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """In the order of the index that serves: of a person by time, else by event."""
        if OwnerFilter.parameter_name in request.GET or "@" in request.GET.get("q", ""):
            return ("start_at", "pk")
        return ("pk", "original_start_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        if "@" in text:
            return queryset.filter(owner_id=_owner_id(text)), False
        return queryset.filter(event_id=_uuid(text.partition("_")[0])), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OccurrenceList

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ListedOccurrence | None:
        return ListedOccurrence.named(object_id).select_related("event").first()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("calendars.view_occurrence"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("event"))
    def event_page(self, occurrence: ListedOccurrence) -> str:
        address = reverse("admin:calendars_event_change", args=[occurrence.event_id])
        return format_html('<a href="{}">{}</a>', address, occurrence.event)


class OccurrenceList(ChangeList):
    def url_for_result(self, result: Model) -> str:
        key = cast(ListedOccurrence, result).key
        return reverse("admin:calendars_listedoccurrence_change", args=[key])


def _of_owner(rows: QuerySet[Any], owner_id: int | None) -> Q:
    if rows.model is Event:
        calendars = Calendar.objects.filter(owner_id=owner_id).values_list("pk", flat=True)
        return _of_calendars(rows, list(calendars))
    return Q(owner_id=owner_id)


def _of_calendars(rows: QuerySet[Any], calendar_ids: list[UUID]) -> Q:
    return events_of(calendar_ids, "id" if rows.model is Event else "event_id")


def _filtered_calendars(request: HttpRequest) -> list[UUID]:
    """The calendars that the list is filtered by."""
    calendar_id = _uuid(request.GET.get(CalendarFilter.parameter_name, ""))
    if calendar_id:
        return [calendar_id]
    owner = request.GET.get(OwnerFilter.parameter_name)
    calendars = Calendar.objects.filter(owner_id=_owner_id(owner or ""))
    return list(calendars.values_list("pk", flat=True))


def _owner_id(text: str) -> int | None:
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    if "\0" in text:  # PostgreSQL has no such text
        return None
    return User.objects.filter(email=text.lower()).values_list("pk", flat=True).first()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
