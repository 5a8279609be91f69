from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who you are: users, sessions, tokens, the backend chain."""

    name = "accounts"
