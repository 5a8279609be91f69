"""The profiles app: one validated profile per user, its page and its API."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = "Profiles"

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
