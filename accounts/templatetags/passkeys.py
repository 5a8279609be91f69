"""What the pages hand to the browser's passkeys."""

from __future__ import annotations

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: object) -> str:
    """JSON for a data attribute, which escapes it like any text: the policy allows no script."""
    return json.dumps(value, cls=DjangoJSONEncoder)
