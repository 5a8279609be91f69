"""Import and export of calendars as files."""
