from django.urls import path

from calendars import api

urlpatterns = [
    path("connections", api.ConnectionsView.as_view()),
    path("connections/google/callback", api.ConnectionCallbackView.as_view()),
    path("connections/<uuid:connection_id>", api.ConnectionView.as_view()),
    path("connections/<uuid:connection_id>/reconnect", api.ReconnectView.as_view()),
    path("connections/<uuid:connection_id>/sync", api.ConnectionSyncView.as_view()),
    path("connections/<uuid:connection_id>/runs", api.RunsView.as_view()),
    path("calendars", api.CalendarsView.as_view()),
    path("calendars/<uuid:calendar_id>", api.CalendarView.as_view()),
    path("occurrences", api.OccurrencesView.as_view()),
]
