"""Addresses of calendars: the pages, the API and Google's notifications."""

from __future__ import annotations

from datetime import date

from django.urls import include, path, register_converter

from calendars.api import (
    availability,
    calendars,
    categories,
    connections,
    event_decisions,
    event_quick,
    events,
    insights,
    notifications,
    occurrences,
    search,
    shares,
    webhooks,
)
from calendars.pages import (
    agenda,
    consent,
    creation,
    day,
    decisions,
    editor,
    event,
    event_actions,
    event_times,
    find_a_time,
    first_run,
    following,
    frame,
    mini_month,
    month,
    quick,
    reminders,
    week,
)
from calendars.pages import calendar_settings as one_calendar
from calendars.pages import categories as category_pages
from calendars.pages import connections as accounts
from calendars.pages import insights as insight_pages
from calendars.pages import notifications as notification_pages
from calendars.pages import search as search_page
from config.web.moved import moved

YEARS = range(1900, 2200)  # so that no zone and no neighbouring week leaves what a date can hold


class DateConverter:
    """A date in an address. One that does not exist, or of another age, is not found."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        on = date.fromisoformat(value)
        if on.year not in YEARS:
            raise ValueError
        return on

    def to_url(self, value: date) -> str:
        return value.isoformat()


class ViewConverter:
    """The name of a view in an address."""

    regex = "|".join(name for name, _label, _key in frame.VIEWS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DateConverter, "date")
register_converter(ViewConverter, "view")

api = [
    path("connections", connections.ConnectionsView.as_view()),
    path("connections/google/callback", connections.ConnectionCallbackView.as_view()),
    path("connections/<uuid:connection_id>", connections.ConnectionView.as_view()),
    path("connections/<uuid:connection_id>/reconnect", connections.ReconnectView.as_view()),
    path("connections/<uuid:connection_id>/sync", connections.ConnectionSyncView.as_view()),
    path("connections/<uuid:connection_id>/runs", connections.RunsView.as_view()),
    path("calendars", calendars.CalendarsView.as_view()),
    path("calendars/<uuid:calendar_id>", calendars.CalendarView.as_view()),
    path("calendars/<uuid:calendar_id>/events", events.CalendarEventsView.as_view()),
    path("calendars/<uuid:calendar_id>/restore", calendars.CalendarRestoreView.as_view()),
    path("availability", availability.AvailabilityView.as_view()),
    path("freebusy", availability.FreeBusyView.as_view()),
    path("shares", shares.SharesView.as_view()),
    path("shares/received", shares.ReceivedSharesView.as_view()),
    path("shares/received/<uuid:calendar_id>", shares.ReceivedShareView.as_view()),
    path("categories", categories.CategoriesView.as_view()),
    path("categories/<uuid:category_id>", categories.CategoryView.as_view()),
    path("events/<uuid:event_id>", events.EventView.as_view()),
    path("events/<uuid:event_id>/history", events.EventHistoryView.as_view()),
    path(
        "events/<uuid:event_id>/history/<int:change_id>/undo",
        event_decisions.UndoChangeView.as_view(),
    ),
    path("events/<uuid:event_id>/response", event_decisions.ResponseView.as_view()),
    path("events/<uuid:event_id>/conflict", event_decisions.ConflictView.as_view()),
    path("events/<uuid:event_id>/retry", event_decisions.RetryView.as_view()),
    path("events/<uuid:event_id>/revert", event_decisions.RevertView.as_view()),
    path("events/unconfirmed", event_decisions.UnconfirmedView.as_view()),
    path("events/quick", event_quick.QuickView.as_view()),
    path("insights", insights.InsightsView.as_view()),
    path("notifications", notifications.NotificationsView.as_view()),
    path(
        "push/subscriptions",
        notifications.PushSubscriptionsView.as_view(),
        name="push-subscriptions",
    ),
    path("occurrences", occurrences.OccurrencesView.as_view()),
    path("search", search.SearchView.as_view()),
]

category_settings = [
    path("", category_pages.categories, name="settings-categories"),
    path("new/", category_pages.add, name="add-category"),
    path("<uuid:category_id>/", category_pages.change, name="change-category"),
    path("titles/<uuid:lesson_id>/forget/", category_pages.forget, name="forget-title"),
]

notification_settings = [
    path("", notification_pages.notifications, name="settings-notifications"),
    path("ways/", notification_pages.change_own_ways, name="change-ways"),
    path(
        "calendars/<uuid:calendar_id>/",
        notification_pages.change_calendar,
        name="change-reminders",
    ),
    path("devices/<uuid:device_id>/remove/", notification_pages.remove, name="remove-device"),
    path("devices/<uuid:device_id>/test/", notification_pages.test, name="test-device"),
]

settings_area = [
    path("", accounts.connections, name="settings-calendars"),
    path("google/", accounts.connect_google, name="connect-google"),
    path("accounts/<uuid:connection_id>/reconnect/", accounts.reconnect, name="reconnect"),
    path(
        "accounts/<uuid:connection_id>/allow-changes/", accounts.allow_changes, name="allow-changes"
    ),
    path("accounts/<uuid:connection_id>/sync/", accounts.sync, name="sync-connection"),
    path("accounts/<uuid:connection_id>/disconnect/", accounts.disconnect, name="disconnect"),
    path("new/", accounts.add_calendar, name="add-calendar"),
    path("import/", accounts.import_file, name="import-file"),
    path("<uuid:calendar_id>/", accounts.change, name="change-calendar"),
    path("<uuid:calendar_id>/edit/", one_calendar.settings, name="calendar-settings"),
    path("<uuid:calendar_id>/share/", one_calendar.share, name="share-calendar"),
    path("<uuid:calendar_id>/share/end/", one_calendar.end_share, name="end-share"),
    path("<uuid:calendar_id>/shown/", one_calendar.show_received, name="show-received"),
    path("<uuid:calendar_id>/delete/", one_calendar.delete, name="delete-calendar"),
    path("<uuid:calendar_id>/restore/", one_calendar.restore, name="restore-calendar"),
    path("<uuid:calendar_id>/deletions/", accounts.apply_deletions, name="apply-deletions"),
]

former = [
    moved("", "settings-calendars"),
    moved("google/", "connect-google"),
    moved("<uuid:connection_id>/reconnect/", "reconnect"),
    moved("<uuid:connection_id>/sync/", "sync-connection"),
    moved("<uuid:connection_id>/disconnect/", "disconnect"),
    moved("calendars/<uuid:calendar_id>/deletions/", "apply-deletions"),
]

urlpatterns = [
    path("", frame.home, name="home"),
    path("calendar/", frame.home, name="calendar"),
    path("welcome/", first_run.first_run, name="first-run"),
    path("welcome/end/", first_run.end_first_run, name="end-first-run"),
    path("calendar/day/<date:on>/", day.day, name="day"),
    path("calendar/day/<date:on>/list/", month.day_list, name="day-list"),
    path("calendar/week/<date:on>/", week.week, name="week"),
    path("calendar/weeks/<date:on>/", month.weeks, name="weeks"),
    path("calendar/month/<date:on>/", month.month, name="month"),
    path("calendar/agenda/<date:on>/", agenda.agenda, name="agenda"),
    path("calendar/mini/<date:on>/", mini_month.turned, name="mini-month"),
    path("calendar/go/", mini_month.go_to_date, name="go-to-date"),
    path("events/new/", editor.new_event, name="new-event"),
    path("events/people/", editor.people, name="event-people"),
    path("events/undo/<uuid:act>/", event_actions.undo_change, name="undo-change"),
    path("events/<uuid:event_id>/", event.event, name="event"),
    path("events/<uuid:event_id>/edit/", editor.edit_event, name="edit-event"),
    path("events/<uuid:event_id>/duplicate/", editor.duplicate_event, name="duplicate-event"),
    path("events/<uuid:event_id>/delete/", event_actions.delete_event, name="delete-event"),
    path("events/<uuid:event_id>/move/", event_actions.move_event, name="move-event"),
    path("events/<uuid:event_id>/answer/", decisions.answer, name="answer-invitation"),
    path("events/<uuid:event_id>/conflict/", decisions.conflict, name="event-conflict"),
    path("events/<uuid:event_id>/retry/", decisions.retry, name="retry-event"),
    path("events/<uuid:event_id>/revert/", decisions.revert, name="revert-event"),
    path("events/quick/", quick.quick_event, name="quick-event"),
    path("events/create/", creation.creation, name="create-event"),
    path("events/<uuid:event_id>/times/", event_times.event_times, name="event-times"),
    path("events/<uuid:event_id>/category/", event.choose_category, name="event-category"),
    path("insights/", insight_pages.page, name="insights"),
    path("insights/events/", insight_pages.events, name="insights-events"),
    path("calendar/<view:view>/", frame.view_today, name="calendar-view"),
    path("search/", search_page.search, name="search"),
    path("calendar/find-a-time/", find_a_time.find_a_time, name="find-a-time"),
    path("calendar/selection/", frame.select, name="select-calendars"),
    path("calendar/version/", following.page_version, name="page-version"),
    path("connections/google/callback", consent.google_callback, name="google-callback"),
    path("connections/google/confirm/", consent.confirm, name="confirm-consent"),
    path("connections/google/done/", consent.done, name="consent-done"),
    path("connections/", include(former)),
    path("settings/calendars/", include(settings_area)),
    path("settings/categories/", include(category_settings)),
    path("settings/notifications/", include(notification_settings)),
    path("reminders/", reminders.popups, name="popups"),
    path("reminders/<uuid:reminder_id>/", reminders.answer, name="answer-popup"),
    path("reminders/stop/<str:token>/", reminders.stop, name="stop-reminder-mails"),
    path("manifest.webmanifest", reminders.manifest, name="manifest"),
    path("service-worker.js", reminders.service_worker, name="service-worker"),
    path("webhooks/google/calendar", webhooks.google_calendar, name="google-webhook"),
    path("api/v1/", include(api)),
]
