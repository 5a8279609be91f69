"""Who a person is, and where that person is signed in."""

from accounts.models.legacy_exchange import LegacyExchange
from accounts.models.session import RevocationReason, Session
from accounts.models.user import User

__all__ = ["LegacyExchange", "RevocationReason", "Session", "User"]
