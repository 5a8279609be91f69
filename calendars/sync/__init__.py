"""The sync engine: pages in, rows out. HTTP is in calendars.google, rules of time in recurrence."""
