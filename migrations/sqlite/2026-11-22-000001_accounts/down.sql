DROP TABLE password_resets;
DROP TABLE sessions;
DROP TABLE org_memberships;
DROP TABLE accounts;
DROP TABLE orgs;
