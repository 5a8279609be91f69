"""gunicorn's configuration; `gunicorn` finds it by its name in this folder.

https://gunicorn.org/reference/settings/ - the command line takes precedence.
"""

import os
from typing import Any

from django.conf import settings

# Read the settings here, in the master and before any worker: an invalid one then ends the start
# with one line, instead of a worker that is restarted for ever.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

wsgi_app = "config.wsgi"
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
preload_app = True
# Threads get complete requests only, so slow and idle clients block none (config/web/server).
worker_class = "config.web.server.worker.BufferingWorker"
# Connections per process; each needs a file descriptor, and the usual limit is 1024.
worker_connections = 512
keepalive = 5
# Responses are buffered, so that a slow reader blocks no thread.
sendfile = False
control_socket_disable = True
# No header may set a path prefix; by default gunicorn accepts SCRIPT_NAME from loopback.
forwarder_headers = ""


def on_starting(server: Any) -> None:
    """Warn if the command line sets another worker class."""
    if server.worker_class.__name__ != worker_class.rpartition(".")[2]:
        server.log.warning(
            "%s waits for slow clients without a limit. Remove --worker-class, or put nginx in"
            " front (deploy/nginx.conf).",
            server.cfg.worker_class_str,
        )
