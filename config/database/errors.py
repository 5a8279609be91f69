"""The one error of this package, and the sentences that several of its modules say."""

UNREADABLE = "cannot be read: percent-encode the user and the password."
AMBIGUOUS = "can be read in two ways: percent-encode the user and the password."


class InvalidDatabaseURL(ValueError):
    """The URL cannot be used; the message says why without quoting it."""
