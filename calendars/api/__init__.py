"""The calendar endpoints: each parses and presents."""
