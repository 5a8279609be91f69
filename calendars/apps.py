from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Connections, calendars, events, and the engine that keeps them current."""

    name = "calendars"

    def ready(self) -> None:
        import calendars.checks  # noqa: F401 - registers them
        from accounts.account.personal_data import PersonalRows, register
        from calendars.connections.disconnecting import release_all_grants
        from calendars.sharing.exporting import export_calendars
        from config.beat import declare_schedule

        register(PersonalRows(self.name, export=export_calendars, release=release_all_grants))
        declare_schedule(self)
