"""Users, their sessions, the audit log and outgoing emails."""

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
