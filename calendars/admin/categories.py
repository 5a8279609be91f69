"""Categories in admin: read-only."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from calendars.models import Category


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "emoji", "colour", "weight", "is_default")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    ordering = ("owner", "position", "pk")
