"""Reminders by email, on open pages and on devices: made ahead as rows, each due once."""
