"""What `manage.py dbdoctor` and the system checks know of the way to the database."""
