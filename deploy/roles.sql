-- Creates Daybook's roles and database. Run it once as a superuser:
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… -f deploy/roles.sql
-- Then DATABASE_DIRECT_URL is daybook_owner's, and DATABASE_URL is daybook_app's.
--
-- Superusers, roles with BYPASSRLS, and a table's owner (unless it is forced) bypass row-level
-- security. So the role that serves requests is none of these: the owner is used only for migrations,
-- and the app reads and writes rows but can't change tables, policies or roles. Staff and maintenance
-- have no database roles: their transactions declare that they act as the system.

CREATE ROLE daybook_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE
    PASSWORD :'owner_password';
CREATE ROLE daybook_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE
    PASSWORD :'app_password';

-- pgbouncer doesn't support startup options, so the limits are set on the role. No statement runs
-- longer than this, and a transaction that a lost process left open doesn't block others.
ALTER ROLE daybook_app SET statement_timeout = '30s';
ALTER ROLE daybook_app SET lock_timeout = '10s';
ALTER ROLE daybook_app SET idle_in_transaction_session_timeout = '60s';

CREATE DATABASE daybook OWNER daybook_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE daybook FROM PUBLIC;
GRANT CONNECT ON DATABASE daybook TO daybook_app;

\connect daybook

-- The app may use what the owner's migrations create.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO daybook_app;
GRANT ALL ON SCHEMA public TO daybook_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO daybook_app;
ALTER DEFAULT PRIVILEGES FOR ROLE daybook_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO daybook_app;
