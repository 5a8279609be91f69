"""Sessions and the audit log under row-level security; docs/security.md names what is exempt."""

from django.db import migrations

from accounts.row_security import accept_rows, show_own_rows, show_presented_row


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_schedule_upkeep")]

    operations = [
        show_own_rows("accounts_session", owner="user_id"),
        show_presented_row("accounts_session", setting="app.session_id", column="id"),
        show_own_rows("accounts_auditevent", owner="user_id"),
        accept_rows("accounts_auditevent"),
    ]
