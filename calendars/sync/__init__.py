"""The sync engine: pages in, rows out. HTTP is in calendars.google, recurrence in rfc5545."""
