"""Django's PostgreSQL backend, with a way past pgbouncer and nothing shared over a fork."""
