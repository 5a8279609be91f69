from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who you are: users, sessions, tokens, the backend chain."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import openapi  # noqa: F401, drf-spectacular finds what is imported
