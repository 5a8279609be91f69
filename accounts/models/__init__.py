"""Who a person is, where that person is signed in, and the mails that wait to be sent."""

from accounts.models.audit import AuditEvent
from accounts.models.mail import MailServer, OutgoingMail
from accounts.models.session import LegacyExchange, RevocationReason, Session
from accounts.models.user import User

__all__ = [
    "AuditEvent",
    "LegacyExchange",
    "MailServer",
    "OutgoingMail",
    "RevocationReason",
    "Session",
    "User",
]
