#!/bin/sh
# Run by the entrypoint of the image postgres when it makes the database: Buzón's own role, and its
# tables as that role. It owns the database and nothing else, and may make roles, for Metabase's.
#
# Nobody signs in as the superuser from elsewhere: it loses the password that the entrypoint gave it,
# and is left for `docker compose exec db psql -U postgres`.
psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
\getenv password POSTGRES_PASSWORD
\getenv superuser POSTGRES_USER
\getenv database POSTGRES_DB
\getenv tables BUZON_TABLES
CREATE ROLE buzon LOGIN CREATEROLE PASSWORD :'password';
ALTER DATABASE :"database" OWNER TO buzon;
ALTER ROLE :"superuser" PASSWORD NULL;
SET SESSION AUTHORIZATION buzon;
\i :tables
SQL
