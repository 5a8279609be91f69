"""Template filters for passkeys."""

from __future__ import annotations

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: object) -> str:
    """Return JSON for a data attribute, escaped like any text: the CSP forbids inline scripts."""
    return json.dumps(value, cls=DjangoJSONEncoder)
