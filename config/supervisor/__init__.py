"""Runs several programs as one: their logs in one stream, restarts, and one end for all."""

from config.supervisor.child import Program
from config.supervisor.claim import AlreadySupervised, claimed, environment_beside
from config.supervisor.supervisor import Supervisor

__all__ = ["AlreadySupervised", "Program", "Supervisor", "claimed", "environment_beside"]
