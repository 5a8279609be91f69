from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who you are: users, sessions, tokens, the backend chain."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import openapi, receivers  # noqa: F401, found by being imported
