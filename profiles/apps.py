"""How a person appears: one validated profile, its page and its API."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = "Profiles"

    def ready(self) -> None:
        from accounts.account.personal_rows import PersonalRows, register
        from profiles.exporting import export_profile, release_profile

        register(PersonalRows(self.name, export=export_profile, release=release_profile))
