"""Django's PostgreSQL backend with a direct connection, outage detection and fork safety."""
