"""`check --deploy` as in production: all secrets set, nothing embedded, no warnings left."""

import os

from django.core.management import execute_from_command_line

from config.desk.secrets import make_encryption_key, make_secret_key, make_signing_key

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DATABASE_URL": "postgresql://daybook@127.0.0.1/daybook",
    "REDIS_URL": "redis://127.0.0.1/0",
    "PUBLIC_URL": "https://daybook.example",
    "DEBUG": "false",
    "SECRET_KEY": make_secret_key(),
    "ENCRYPTION_KEYS": make_encryption_key(),
    "TOKEN_SIGNING_KEYS": make_signing_key(),
}


def main() -> None:
    os.environ.pop("DAYBOOK_EMBEDDED", None)
    os.environ.update(PRODUCTION)
    execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])


if __name__ == "__main__":
    main()
