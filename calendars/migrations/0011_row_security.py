"""Everything of calendars under row-level security.

A grant to be ended names nobody, and a meter counts for all who connected one account.
"""

from django.db import migrations

from accounts.row_security import show_own_rows, show_to_system

OWNED = (
    "authorizationrequest", "calendar", "channel", "connection", "credential", "event",
    "eventchange", "occurrence", "quarantinedevent", "syncrun", "syncstate",
)


class Migration(migrations.Migration):
    dependencies = [("calendars", "0010_copies_of_keys")]

    operations = [
        *(show_own_rows(f"calendars_{name}") for name in OWNED),
        show_to_system("calendars_grantrevocation"),
        show_to_system("calendars_refreshtokenmeter"),
    ]
