from django.urls import path

from calendars.api import views

urlpatterns = [
    path("connections", views.ConnectionsView.as_view()),
    path("connections/google/callback", views.ConnectionCallbackView.as_view()),
    path("connections/<uuid:connection_id>", views.ConnectionView.as_view()),
    path("connections/<uuid:connection_id>/reconnect", views.ReconnectView.as_view()),
    path("connections/<uuid:connection_id>/sync", views.ConnectionSyncView.as_view()),
    path("connections/<uuid:connection_id>/runs", views.RunsView.as_view()),
    path("calendars", views.CalendarsView.as_view()),
    path("calendars/<uuid:calendar_id>", views.CalendarView.as_view()),
    path("occurrences", views.OccurrencesView.as_view()),
]
