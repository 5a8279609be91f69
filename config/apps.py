"""The app that registers Daybook's commands and system checks."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "config"
    verbose_name = "Configuration"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - registers them
        from config.celery import app  # noqa: F401 - shared tasks bind to this application
        from config.database.backend.connection import forget_connections_after_forks
        from config.translation.model_names import mark_names

        mark_names()
        forget_connections_after_forks()
