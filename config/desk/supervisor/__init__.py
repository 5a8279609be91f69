"""Run several programs as one: merged logs, restarts, and a common end."""

from config.desk.supervisor.child import Program
from config.desk.supervisor.claim import AlreadySupervised, claimed, environment_beside
from config.desk.supervisor.supervisor import Supervisor

__all__ = ["AlreadySupervised", "Program", "Supervisor", "claimed", "environment_beside"]
