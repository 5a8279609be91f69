"""Who a person is, and where that person is signed in."""

from accounts.models.audit import AuditEvent
from accounts.models.legacy_exchange import LegacyExchange
from accounts.models.session import RevocationReason, Session
from accounts.models.user import User

__all__ = ["AuditEvent", "LegacyExchange", "RevocationReason", "Session", "User"]
