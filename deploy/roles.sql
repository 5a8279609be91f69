-- Daybook's roles and database, once, by a superuser:
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… -f deploy/roles.sql
-- Then DATABASE_DIRECT_URL is daybook_owner's, and DATABASE_URL is daybook_app's.
--
-- Row-level security is passed by superusers, by BYPASSRLS, and by a table's owner unless it is
-- forced. So nobody who serves a page is any of these: the owner migrates and does nothing else,
-- and the app reads and writes rows and can change no table, no policy and no role. Staff and
-- maintenance are no roles of the database: they say in a transaction that they act as the system.

CREATE ROLE daybook_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE
    PASSWORD :'owner_password';
CREATE ROLE daybook_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE
    PASSWORD :'app_password';

-- Start-up options do not pass pgbouncer, so limits stand on the role. A page waits for no
-- statement longer than this, and no transaction that a lost process left open holds others up.
ALTER ROLE daybook_app SET statement_timeout = '30s';
ALTER ROLE daybook_app SET lock_timeout = '10s';
ALTER ROLE daybook_app SET idle_in_transaction_session_timeout = '60s';

CREATE DATABASE daybook OWNER daybook_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE daybook FROM PUBLIC;
GRANT CONNECT ON DATABASE daybook TO daybook_app;

\connect daybook

-- What the owner's migrations make, the app may use.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO daybook_app;
GRANT ALL ON SCHEMA public TO daybook_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO daybook_app;
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO daybook_app;
