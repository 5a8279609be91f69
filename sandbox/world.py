"""The whole state of the sandbox, in memory and in one thread."""

from __future__ import annotations

from sandbox.account import Account, ListEntry
from sandbox.calendar import Calendar
from sandbox.clock import Clock, etag
from sandbox.errors import GoogleError, bad_credentials
from sandbox.faults import FaultBook
from sandbox.quota import Quota
from sandbox.request_log import RequestLog
from sandbox.tokens import Tokens
from sandbox.watch import Channels
from sandbox.wire import Call


class World:
    """Accounts, calendars, grants, channels and injected faults."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.channels = Channels()
        self.tokens = Tokens()
        self.reset()

    def reset(self) -> None:
        """Delete everything except the registered clients."""
        self.accounts: dict[str, Account] = {}
        self.calendars: dict[str, Calendar] = {}
        self.tokens = Tokens(self.tokens.clients)
        self.channels.reset()
        self.faults = FaultBook()
        self.quota = Quota()
        self.requests = RequestLog()

    def add_account(self, email: str, name: str, time_zone: str) -> Account:
        """Create an account with its primary calendar, whose id is the email address."""
        account = Account(email, name, time_zone, self.clock)
        self.accounts[email] = account
        self.add_calendar(email, name, time_zone, owner=account)
        return account

    def add_calendar(
        self, calendar_id: str, summary: str, time_zone: str, *, owner: Account | None = None
    ) -> Calendar:
        """Create a calendar, and put it on its owner's list if it has one."""
        calendar = Calendar(calendar_id, summary, time_zone, self.clock)
        self.calendars[calendar_id] = calendar
        if owner:
            calendar.owner = owner.email
            self.share(calendar, owner, "owner")
        return calendar

    def share(self, calendar: Calendar, account: Account, role: str) -> ListEntry:
        """Give an account a role in a calendar, and put the calendar on its list."""
        calendar.roles[account.email] = role
        known = account.entry(calendar.id)
        entry = account.refresh(known, role) if known else account.subscribe(calendar, role)
        self.list_changed(account)
        return entry

    def remove_calendar(self, calendar: Calendar) -> None:
        """Delete a calendar for all accounts."""
        self.calendars.pop(calendar.id, None)
        for account, entry in self.subscriptions(calendar):
            account.unsubscribe(entry)
            self.list_changed(account)

    def calendar_changed(self, calendar: Calendar) -> None:
        """Update the lists that contain a calendar after its properties changed."""
        calendar.etag = etag(self.clock.stamp())
        for account, entry in self.subscriptions(calendar):
            account.refresh(entry)
            self.list_changed(account)

    def subscriptions(self, calendar: Calendar) -> list[tuple[Account, ListEntry]]:
        """Return the accounts that have a calendar on their list, with their entries."""
        found = [(account, account.entry(calendar.id)) for account in self.accounts.values()]
        return [(account, entry) for account, entry in found if entry is not None]

    def events_changed(self, calendar: Calendar) -> None:
        """Notify the channels that watch a calendar's events."""
        self.channels.announce(f"events:{calendar.id}")

    def list_changed(self, account: Account) -> None:
        """Notify the channels that watch an account's calendar list."""
        self.channels.announce(f"calendarList:{account.email}")

    def account_of(self, call: Call) -> Account:
        """Return the account of a call, whose token has been checked before."""
        account = self.accounts.get(call.email or "")
        if account is None:
            raise bad_credentials()
        return account

    def entry_of(self, call: Call, role: str = "freeBusyReader") -> ListEntry:
        """Return the entry of a call's calendar; 404 if unknown, 403 without the role."""
        account = self.account_of(call)
        calendar_id = account.resolve(call.arguments["calendarId"])
        entry = account.entry(calendar_id) or self._public(calendar_id)
        if entry is None:
            raise GoogleError("notFound")
        if not entry.may(role):
            raise GoogleError("requiredAccessLevel")
        return entry

    def _public(self, calendar_id: str) -> ListEntry | None:
        calendar = self.calendars.get(calendar_id)
        if calendar is None or not calendar.public:
            return None
        return ListEntry(calendar, "reader", calendar.etag, {"colorId": "1"})
