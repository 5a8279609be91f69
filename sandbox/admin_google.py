"""Admin requests for accounts, tokens, faults, the request log, quotas and notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import ERRORS
from sandbox.faults import FAULTS
from sandbox.tokens import ACCESS_SECONDS, Client, Grant, long_scopes
from sandbox.wire import Json
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.admin import Order

_SCOPES = "openid email https://www.googleapis.com/auth/calendar"


def reset(world: World, order: Order) -> Json:
    """Reset everything except the clients."""
    world.reset()
    return {}


def list_accounts(world: World, order: Order) -> list[Json]:
    """Return the accounts with their calendars."""
    return [
        {
            "email": account.email,
            "name": account.name,
            "sub": account.sub,
            "time_zone": account.time_zone,
            "calendars": [entry.resource() for entry in account.entries if not entry.deleted],
            "refresh_tokens": sum(
                len(grant.refresh_tokens)
                for (email, _), grant in world.tokens.grants.items()
                if email == account.email
            ),
        }
        for account in world.accounts.values()
    ]


def create_account(world: World, order: Order) -> Json:
    """Create an account with its primary calendar."""
    email = order.body["email"]
    if email in world.accounts:
        raise ValueError(f"account {email} exists already")
    account = world.add_account(
        email,
        order.body.get("name") or email.split("@")[0].title(),
        order.body.get("time_zone") or "UTC",
    )
    return {
        "email": account.email,
        "name": account.name,
        "sub": account.sub,
        "time_zone": account.time_zone,
    }


def register_client(world: World, order: Order) -> Json:
    """Register or change a client."""
    redirects = tuple(order.body.get("redirect_uris", ()))
    client = Client(order.body["client_id"], order.body["client_secret"], redirects)
    world.tokens.clients[client.id] = client
    return {"client_id": client.id}


def grant(world: World, order: Order) -> Json:
    """Issue tokens without the consent page."""
    account = world.accounts[order.body["email"]]
    client_id = order.body.get("client_id") or next(iter(world.tokens.clients))
    scopes = set(long_scopes(order.body.get("scope") or _SCOPES))
    known = world.tokens.grants.setdefault((account.email, client_id), Grant(set()))
    known.scopes |= scopes
    return {
        "access_token": world.tokens.issue_access(account.email, client_id, scopes),
        "refresh_token": world.tokens.issue_refresh(account.email, client_id),
        "expires_in": world.tokens.access_seconds,
        "scope": " ".join(sorted(scopes)),
        "token_type": "Bearer",
    }


def revoke_grant(world: World, order: Order) -> Json:
    """Revoke a grant, like a user on Google's account page."""
    world.tokens.revoke_grant(order.body["email"], order.body.get("client_id"))
    return {}


def expire_tokens(world: World, order: Order) -> Json:
    """Expire the access tokens of one account or of all."""
    return {"expired": world.tokens.expire_access(order.body.get("email"))}


def set_token_life(world: World, order: Order) -> Json:
    """Set the lifetime of access tokens issued from now on; null restores Google's."""
    seconds = order.body.get("seconds")
    world.tokens.access_seconds = ACCESS_SECONDS if seconds is None else seconds
    return {"seconds": world.tokens.access_seconds}


def invalidate_sync_tokens(world: World, order: Order) -> Json:
    """Invalidate the sync tokens of one calendar, of one account's list, or all."""
    calendar, account = order.body.get("calendar"), order.body.get("account")
    if calendar is not None:
        world.calendars[calendar].events.epoch += 1
    if account is not None:
        world.accounts[account].entries.epoch += 1
    if calendar is None and account is None:
        journals: list[Any] = [c.events for c in world.calendars.values()]
        journals += [a.entries for a in world.accounts.values()]
        for journal in journals:
            journal.epoch += 1
    return {}


def set_quota(world: World, order: Order) -> Json:
    """Set the calls per minute, per user and per project; null removes a limit."""
    world.quota.set(per_user=order.body.get("per_user"), per_project=order.body.get("per_project"))
    return {}


def list_faults(world: World, order: Order) -> list[Json]:
    """Return the injected faults, with how often each matched."""
    return [rule.resource() for rule in world.faults.rules()]


def list_fault_kinds(world: World, order: Order) -> Json:
    """Return the kinds of faults that can be injected."""
    kinds = {
        name: {
            "stage": kind.stage.name.lower(),
            "does": kind.does,
            "parameters": dict(kind.parameters),
        }
        for name, kind in FAULTS.items()
    }
    return {"faults": kinds, "errors": sorted(ERRORS)}


def order_fault(world: World, order: Order) -> Json:
    """Inject a fault."""
    return world.faults.order(order.body).resource()


def clear_faults(world: World, order: Order) -> Json:
    """Remove all faults."""
    world.faults.clear()
    return {}


def list_requests(world: World, order: Order) -> Json:
    """Return the logged requests, all or of one kind, and the counts of all kinds."""
    return {
        "requests": world.requests.entries(order.query.get("kind")),
        "counts": dict(world.requests.counts),
    }


def clear_requests(world: World, order: Order) -> Json:
    """Clear the log."""
    world.requests.clear()
    return {}


def list_channels(world: World, order: Order) -> list[Json]:
    """Return the open push channels."""
    return [channel.resource_summary() for channel in world.channels.channels()]


def expire_channels(world: World, order: Order) -> Json:
    """Stop every channel without a notification."""
    world.channels.expire()
    return {}


def set_pushes(world: World, order: Order) -> Json:
    """Set how notifications are sent: `flowing`, `paused` (held until they flow) or `dropped`."""
    mode = order.body["mode"]
    if mode not in ("flowing", "paused", "dropped"):
        raise ValueError("mode is flowing, paused or dropped")
    world.channels.dropping = mode == "dropped"
    world.channels.flow(mode != "paused")
    return {"mode": mode}


def list_pushes(world: World, order: Order) -> list[Json]:
    """Return the sent notifications with the status of each response."""
    return world.channels.deliveries
