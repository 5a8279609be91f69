"""The calendar endpoints of the API."""
