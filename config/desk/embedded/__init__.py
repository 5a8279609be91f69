"""Embedded PostgreSQL and Valkey from wheels, for a desk without DATABASE_URL or REDIS_URL.

All commands of a checkout share one pair of servers: the first command starts them, the last one
stops them. They store their data in `var/`; `var/embedded.json` has their ports.
"""

from config.desk.embedded.commands import for_command
from config.desk.embedded.place import EmbeddedError
from config.desk.embedded.sharing import Endpoints, endpoints, restart_dead, running

__all__ = ["EmbeddedError", "Endpoints", "endpoints", "for_command", "restart_dead", "running"]
