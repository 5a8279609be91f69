"""The page of search: a form and what it found, with the matches marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.clients import PersonRequest
from calendars.models import Calendar, Category
from calendars.pages.chip import address_of
from calendars.pages.frame import VIEWS
from calendars.timeline.categories import classifier_of
from calendars.timeline.folding import Part, marked, words_of
from calendars.timeline.occurrences import TimelineEntry
from calendars.timeline.plain_text import plain_text
from calendars.timeline.search import BEST_FIRST, Asked, Search, range_of
from calendars.timeline.search_hits import Hit
from config.web.pagination import Page, linked_page
from config.web.problems import DomainError
from profiles.preferences import reader_of

RESULTS = "results"  # the id of the section that htmx swaps
LONGEST = 200
_BEFORE, _LENGTH = 50, 160  # characters of an excerpt
YEARS = range(1900, 2200)


class SearchForm(forms.Form):
    q = forms.CharField(max_length=LONGEST, required=False, label=_("Words"))
    person = forms.CharField(max_length=LONGEST, required=False, label=_("Person"))
    calendar = forms.ChoiceField(required=False, label=_("Calendar"))
    category = forms.ChoiceField(required=False, label=_("Category"))
    start = forms.DateField(
        required=False, label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    end = forms.DateField(
        required=False, label=_("Until"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(self, request: HttpRequest, owner_id: int) -> None:
        super().__init__(request.GET, label_suffix="")
        self._offer("calendar", _("All calendars"), Calendar.objects.of(owner_id).shown())
        self._offer("category", _("All categories"), classifier_of(owner_id).categories.values())

    def _offer(self, name: str, all_of_them: object, rows: Iterable[Calendar | Category]) -> None:
        choices = [(str(row.pk), row.name) for row in rows]
        self.fields[name].choices = [("", all_of_them), *choices]  # type: ignore[attr-defined]

    def clean_start(self) -> date | None:
        return self._checked("start")

    def clean_end(self) -> date | None:
        return self._checked("end")

    def clean(self) -> None:
        start_on, end_on = (self.cleaned_data.get(name) for name in ("start", "end"))
        if start_on and end_on and end_on < start_on:
            self.add_error("end", _("The end must be after the start."))

    def _checked(self, name: str) -> date | None:
        on: date | None = self.cleaned_data[name]
        if on is not None and on.year not in YEARS:
            raise forms.ValidationError(_("Use a year from 1900 to 2199."))
        return on

    def asked(self, zone: ZoneInfo) -> Asked:
        given = self.cleaned_data
        start_at, end_at = given["start"], given["end"]
        if start_at:
            start_at = datetime.combine(start_at, time.min, zone)
        if end_at:
            end_at = datetime.combine(end_at + timedelta(days=1), time.min, zone)
        return Asked(
            text=given["q"],
            person=given["person"],
            calendar_id=UUID(given["calendar"]) if given["calendar"] else None,
            category=UUID(given["category"]) if given["category"] else None,
            window=range_of(start_at, end_at, zone) if start_at or end_at else None,
        )

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields if name != "q")


@dataclass(frozen=True, slots=True)
class Result:
    """A hit as the page shows it. `reason` is why it was found, if title and place don't say."""

    hit: Hit
    title: list[Part]
    place: list[Part]
    reason: list[Part]
    address: str
    in_calendar: str

    @property
    def entry(self) -> TimelineEntry | None:
        return self.hit.entry

    @property
    def first_on(self) -> date | None:
        return self.entry.start_at.date() if self.entry else None

    @property
    def last_on(self) -> date | None:
        if self.entry is None:
            return None
        return max(self.entry.end_at - timedelta.resolution, self.entry.start_at).date()

    @property
    def other_year(self) -> str:
        """The year, if it isn't the current one."""
        if self.entry is None or self.entry.start_at.year == self.hit.asked_at.year:
            return ""
        return str(self.entry.start_at.year)


@never_cache
@login_required
@require_safe
def search(request: PersonRequest) -> HttpResponse:
    reader = reader_of(request.user)
    form = SearchForm(request, request.user.pk)
    context = {"form": form, "reader": reader, "is_asked": False}
    if form.is_valid() and not (asked := form.asked(reader.zone)).is_nothing:
        found = Search(owner_id=request.user.pk, asked=asked, zone=reader.zone)
        try:
            page = linked_page(request, BEST_FIRST, found.read)
        except DomainError:  # a truncated address leads to the first page
            query = request.GET.copy()
            query.pop("cursor")
            return redirect(f"{reverse('search')}?{query.urlencode()}")
        context |= {"is_asked": True, "is_complete": found.is_complete, "page": page}
        context |= _sections(page, found.marked_words, words_of(asked.person), reader.view)
    is_part = request.headers.get("HX-Target") == RESULTS
    response = render(request, "search/_results.html" if is_part else "search/page.html", context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _sections(
    page: Page[Hit], words: Sequence[str], people: Sequence[str], view: str
) -> dict[str, list[Result]]:
    results = [_result(hit, words, people, view) for hit in page.results]
    return {
        "exact": [one for one in results if not one.hit.is_by_typo],
        "similar": [one for one in results if one.hit.is_by_typo],
    }


def _result(hit: Hit, words: Sequence[str], people: Sequence[str], view: str) -> Result:
    title, place = marked(hit.event.summary.strip(), words), marked(hit.event.location, words)
    return Result(
        hit=hit,
        title=title,
        place=place,
        reason=_reason(hit, words, people, [*title, *place]),
        address=address_of(hit.entry) if hit.entry else reverse("event", args=[hit.event_id]),
        in_calendar=_in_calendar(hit.entry, view),
    )


def _reason(
    hit: Hit, words: Sequence[str], people: Sequence[str], shown: Iterable[Part]
) -> list[Part]:
    """The people, or the part of the description, that hold a word that isn't marked elsewhere."""
    seen = " ".join(words_of(" ".join(part.text for part in shown)))
    missing = [word for word in words if word not in seen]
    if not (missing or people):
        return []
    event = hit.event
    named = [one.get("name") or one.get("email", "") for one in event.attendees]
    wanted = [*missing, *people]
    matching = [name for name in named if any(part.is_match for part in marked(name, wanted))]
    if matching:
        return marked(", ".join(matching[:3]), wanted)
    return _excerpt(marked(plain_text(event.description), missing))


def _excerpt(parts: Sequence[Part]) -> list[Part]:
    """Cut a text to what is around its first match; without a match, to nothing."""
    place = next((place for place, part in enumerate(parts) if part.is_match), None)
    if place is None:
        return []
    before = "".join(part.text for part in parts[:place])
    cut = [Part(f"…{before[-_BEFORE:]}" if len(before) > _BEFORE else before, is_match=False)]
    left = _LENGTH
    for part in parts[place:]:
        cut.append(Part(part.text[:left], part.is_match))
        left -= len(part.text)
        if left <= 0:
            return [*cut, Part("…", is_match=False)]
    return cut


def _in_calendar(entry: TimelineEntry | None, view: str) -> str:
    """The address of the day in the view used last, at the event."""
    if entry is None:
        return ""
    known = any(view == name for name, _label, _key in VIEWS)
    try:
        day = reverse(view if known else "month", kwargs={"on": entry.start_at.date()})
    except NoReverseMatch:  # of another age than the views show
        return ""
    return f"{day}#event-{entry.key}"
