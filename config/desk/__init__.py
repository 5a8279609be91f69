"""Daybook on one machine: embedded servers, the supervisor and local secrets."""
