"""Daybook on one machine: embedded servers, a process supervisor and generated secrets."""
