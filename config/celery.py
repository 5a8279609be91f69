"""The Celery application. Messages only say "look": the work itself is rows in the database.

So a message is done with when its task begins, and one that is lost costs a tick of beat.
"""

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("daybook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A worker that loses the broker would give back what it has not begun, over the connection that
# is gone, and end with that (kombu 5.7).
Channel.do_restore = False
