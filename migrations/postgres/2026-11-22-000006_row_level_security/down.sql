DROP POLICY none ON audit_log;
DROP POLICY none ON outbox;
DROP POLICY none ON org_memberships;
DROP POLICY own ON org_memberships;
DROP FUNCTION app_account_id();
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'user_skills', 'user_tags', 'availability', 'projects', 'missions',
        'mission_roles', 'assignments', 'org_memberships', 'invitations', 'outbox', 'audit_log']
    LOOP
        EXECUTE format('DROP POLICY tenant ON %I', name);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END
$$;
DROP FUNCTION app_org_id();
