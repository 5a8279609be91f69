"""Diagnosis of the database connection, for `manage.py dbdoctor` and the system checks."""
