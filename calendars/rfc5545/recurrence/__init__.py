"""Recurrence (RFC 5545 section 3.8.5): expand a series into its instances, in its own time zone."""

from calendars.rfc5545.recurrence.expansion import Instance, Series, expand, touches, validate
from calendars.rfc5545.recurrence.rules import InvalidRecurrence

__all__ = ["Instance", "InvalidRecurrence", "Series", "expand", "touches", "validate"]
