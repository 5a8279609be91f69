"""The profile's fields: their rules, formats and constraints. Add a field here."""
