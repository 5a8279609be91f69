"""iCalendar (RFC 5545): content lines, time zones, recurrence and files. No Django, no database."""
