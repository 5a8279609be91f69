"""Calendars in and out as files."""
