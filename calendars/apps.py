from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from accounts.models import User


class CalendarsConfig(AppConfig):
    """Connections, calendars, events, and the engine that keeps them current."""

    name = "calendars"

    def ready(self) -> None:
        import calendars.checks  # noqa: F401 - registers them
        from accounts.account.personal_data import PersonalRows, register
        from calendars.connections.disconnecting import release_all_grants
        from calendars.sharing.exporting import export_calendars
        from calendars.sharing.shares import announce_to_recipients
        from config.beat import declare_schedule

        def release(user: User) -> None:
            release_all_grants(user)
            announce_to_recipients(user)

        register(PersonalRows(self.name, export=export_calendars, release=release))
        declare_schedule(self)
