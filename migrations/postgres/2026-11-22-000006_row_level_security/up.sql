-- A second line behind the filters of the queries: a role that cannot bypass it, the owner included, sees and writes
-- the rows of the organisation that the connection is set to. Without one it sees none, but for the memberships, in
-- which an account still has to find its organisations, the outbox, in which the sender finds what is due, and the
-- audit log, which it may then only add to.

CREATE FUNCTION app_org_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('app.org_id', true), '')::uuid $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'user_skills', 'user_tags', 'availability', 'projects', 'missions',
        'mission_roles', 'assignments', 'org_memberships', 'invitations', 'outbox', 'audit_log']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org_id())', name);
    END LOOP;
END
$$;
-- An account finds its own memberships, whichever organisation it works in.
CREATE FUNCTION app_account_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('app.account_id', true), '')::uuid $$;
CREATE POLICY own ON org_memberships FOR SELECT USING (account_id = app_account_id());
CREATE POLICY none ON org_memberships USING (app_org_id() IS NULL);
-- The sender finds which organisations have mail that is due. A row holds no address and no text.
CREATE POLICY none ON outbox FOR SELECT USING (app_org_id() IS NULL);
CREATE POLICY none ON audit_log FOR INSERT WITH CHECK (app_org_id() IS NULL);
