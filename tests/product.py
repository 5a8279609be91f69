"""Tasks and commands of the product, run without the tests' privilege."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.core import management

from accounts.mail import delivery
from calendars.connections import disconnecting, revocation
from calendars.events import history
from calendars.google import credentials
from calendars.reminders import delivery as pushes
from calendars.reminders import handing, popups, rolling, settling
from calendars.reminders.settling import prune_reminders as prune_old_reminders
from calendars.sync import audit as sync_audit
from calendars.sync import channels, due, outbox, pull
from calendars.timeline import horizon, search_index
from tests.privilege import as_product

P = ParamSpec("P")
Result = TypeVar("Result")


def _entered(door: Callable[P, Result]) -> Callable[P, Result]:
    @functools.wraps(door)
    def enter(*args: P.args, **kwargs: P.kwargs) -> Result:
        with as_product():
            return door(*args, **kwargs)

    return enter


call_command = _entered(management.call_command)
audit_collection = _entered(sync_audit.audit_collection)
audit_sample = _entered(sync_audit.audit_sample)
index_owners = _entered(search_index.index_owners)
keep_channels = _entered(channels.keep_channels)
obtain_access_token = _entered(credentials.obtain_access_token)
open_channels = _entered(channels.open_channels)
prune_history = _entered(history.prune_history)
prune_reminders = _entered(prune_old_reminders)
revoke_due_grants = _entered(revocation.revoke_due_grants)
ring_on = _entered(popups.ring_on)
roll_horizon = _entered(horizon.roll_horizon)
roll_reminders = _entered(rolling.roll_owners)
send_due_mails = _entered(delivery.send_due_mails)
send_due_pushes = _entered(pushes.send_due_pushes)
send_due_reminders = _entered(handing.send_due_reminders)
settle_reminders = _entered(settling.settle_reminders)
send_change = _entered(outbox.send_change)
sweep_due = _entered(due.sweep_due)
sweep_outbox = _entered(outbox.sweep_outbox)
sync_collection = _entered(pull.sync_collection)
notify_reconnect_required = _entered(disconnecting.notify_reconnect_required)
