-- The image of PostgreSQL runs this once, as the superuser, when it has made an empty cluster: see compose.yaml.
-- The server's role is neither a superuser nor has BYPASSRLS, so that the policies which keep the organisations apart hold
-- for it. docs/operations.md ("Roles") prints the same statements; a test compares them and runs this file.

-- The password is the one in the server's own URL, so there is only one place to keep it.
\set password `sed -n 's|^postgres://crew:\([^@]*\)@.*|\1|p' /run/secrets/database_url`
SELECT :'password' = '' AS is_missing \gset
\if :is_missing
\warn '/run/secrets/database_url has no password: make the secrets with deploy/make-secrets'
SELECT 1 / 0;
\endif

CREATE ROLE crew LOGIN PASSWORD :'password' NOSUPERUSER NOBYPASSRLS;
CREATE DATABASE crew OWNER crew;
ALTER ROLE crew SET lc_messages = 'C';
