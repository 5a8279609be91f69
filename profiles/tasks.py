"""Celery tasks of profiles: delete unused pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts.security_context import acting_as_system
from config.beat import Periodic
from config.database.bulk import in_batches
from config.workers import prune_each
from profiles.history import AVATAR, KEPT_DAYS
from profiles.models import Profile, ProfileChange
from profiles.pictures.avatars import delete_picture, names_stored_before

# Longer than an upload or an undo of a kept picture needs to commit.
GRACE = timedelta(days=1)
BATCH = 500


# Beat's defaults; operators change them in admin.
SCHEDULE = (
    Periodic("Delete old pictures", "profiles.tasks.prune_profiles", hour="3", minute="17"),
)


def prune_pictures() -> int:
    """Delete the pictures that no profile shows and no undo can restore: expired ones, and those of
    uploads that were interrupted before the commit."""
    pruned = 0
    for names in in_batches(names_stored_before(timezone.now() - GRACE), BATCH):
        for name in {*names} - _named(names):
            delete_picture(name)
            pruned += 1
    return pruned


def _named(names: Iterable[str]) -> set[str]:
    kept_from = timezone.now() - timedelta(days=KEPT_DAYS) - GRACE
    changes = ProfileChange.objects.filter(field=AVATAR, changed_at__gt=kept_from)
    shown = Profile.objects.filter(avatar__in=names).values_list("avatar", flat=True)
    # Without it, row-level security would hide all profiles and every picture would be deleted.
    with acting_as_system(reason="to keep the pictures of all profiles"):
        return {*shown, *changes.filter(before__in=names).values_list("before", flat=True)}


PRUNERS: Mapping[str, Callable[[], int]] = {"pictures": prune_pictures}


@shared_task
def prune_profiles() -> dict[str, int]:
    return prune_each(PRUNERS)
