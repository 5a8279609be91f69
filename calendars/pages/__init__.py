"""The calendar pages: each parses and presents."""
