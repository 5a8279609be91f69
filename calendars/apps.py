from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """What you do when: connections, calendars, events, and the engine that keeps them current."""

    name = "calendars"
