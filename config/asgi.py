"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
# Under ASGI each request has its own thread, and a persistent connection would be lost with it:
# https://docs.djangoproject.com/en/5.2/ref/databases/#caveats
connections.settings["default"]["CONN_MAX_AGE"] = 0
