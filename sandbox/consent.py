"""The consent page and the error page of an authorization request."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sandbox.account import Account
from sandbox.html import page
from sandbox.tokens import IDENTITY_SCOPES

if TYPE_CHECKING:
    from sandbox.oauth import ConsentRequest

_MEANINGS = {
    "openid": "Know who you are on Google",
    "userinfo.email": "See your email address",
    "userinfo.profile": "See your name",
    "calendar": "See, change, share and delete all your calendars",
    "calendar.readonly": "See and download all your calendars",
    "calendar.events": "See and change the events of all your calendars",
    "calendar.events.readonly": "See the events of all your calendars",
    "calendar.calendarlist": "See and change which calendars are on your list",
    "calendar.calendarlist.readonly": "See which calendars are on your list",
}


def consent_page(request: ConsentRequest, accounts: list[Account]) -> str:
    """Return the page on which a user chooses an account and scopes, and allows or denies."""
    client = escape(request.client.id.split(".")[0])
    hinted = request.login_hint if request.login_hint in {a.email for a in accounts} else None
    chosen = hinted or (accounts[0].email if accounts else None)
    choices = "\n".join(_account_choice(account, chosen) for account in accounts)
    scopes = "\n".join(_scope_choice(scope) for scope in request.scopes)
    return page(
        "Allow access",
        f"""<h1>{client} wants access to a Google account</h1>
<form method="post">
<fieldset><legend>Choose an account</legend>
{choices or "<p>There are no accounts in this sandbox yet.</p>"}
</fieldset>
<fieldset><legend>Select what {client} can access</legend>
{scopes}
</fieldset>
<div class="actions">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="quiet">Deny</button>
</div>
</form>""",
        kind="card",
    )


def _account_choice(account: Account, chosen: str | None) -> str:
    checked = " checked" if account.email == chosen else ""
    return (
        f'<label class="choice"><input type="radio" name="account" '
        f'value="{escape(account.email)}"{checked}>'
        f"<span>{escape(account.name)}<small>{escape(account.email)}</small></span></label>"
    )


def _scope_choice(scope: str) -> str:
    short = scope.removeprefix("https://www.googleapis.com/auth/")
    # The identity scopes are part of signing in, so they are shown but can't be unticked.
    fixed = " disabled" if scope in IDENTITY_SCOPES else ""
    meaning = escape(_MEANINGS.get(short, "Use this part of your account"))
    return (
        f'<label class="choice"><input type="checkbox" name="scope" '
        f'value="{escape(scope)}" checked{fixed}>'
        f"<span>{meaning}<small>{escape(short)}</small></span></label>"
    )


def error_page(status: int, error: str, description: str) -> str:
    """Return the page that a user sees after an invalid authorization request."""
    return page(
        "Access blocked",
        f"""<h1>Access blocked: authorization error</h1>
<p>{escape(description)}</p>
<p><strong>Error {status}: {escape(error)}</strong></p>
<p>The application that sent you here has to be fixed. There is nothing you can do.</p>""",
        kind="card",
    )
