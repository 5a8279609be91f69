from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    """Who you are: users, sessions, tokens, the backend chain."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import openapi, receivers  # noqa: F401, found by being imported
        from config.beat import declare_schedule

        declare_schedule(self)


class AdministrationConfig(admin.AdminConfig):
    """Django's admin on our own site."""

    default = False
    default_site = "accounts.admin_site.AdministrationSite"
