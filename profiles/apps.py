"""The profiles app: one validated profile per user, its page and its API."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = gettext_lazy("Profiles")

    def ready(self) -> None:
        from accounts import reading
        from accounts.account.personal_data import PersonalRows, register
        from config.beat import declare_schedule
        from profiles import receivers  # noqa: F401, imported for its side effect
        from profiles.exporting import export_profile, release_profile, words_of_profile
        from profiles.reading import reading_of

        reading.register(reading_of)
        register(
            PersonalRows(
                self.name,
                export=export_profile,
                release=release_profile,
                words=words_of_profile,
            )
        )
        declare_schedule(self)
