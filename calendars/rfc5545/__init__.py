"""iCalendar (RFC 5545): content lines, time zones, recurrence, files. No Django, no database."""
