-- Who signs in, and to which organisations they belong.
-- Ids are the 16 bytes of a UUID, instants are microseconds since 1970-01-01 UTC. Columns named `_folded` hold a
-- text's key for searching and sorting, those named `_same` its key for sameness (src/text).

CREATE TABLE orgs (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    timezone TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('FR', 'EN')),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id BLOB PRIMARY KEY NOT NULL,
    email TEXT NOT NULL CHECK (email <> ''),
    display_name TEXT NOT NULL CHECK (display_name <> ''),
    password_hash TEXT NOT NULL,
    last_org_id BLOB REFERENCES orgs (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    CONSTRAINT accounts_email_key UNIQUE (email)
) STRICT;

CREATE TABLE org_memberships (
    org_id BLOB NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'MANAGER', 'TECH')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT org_memberships_account_id_org_id_key UNIQUE (account_id, org_id)
) STRICT;
-- Org.members.
CREATE INDEX org_memberships_org_id_created_at_idx ON org_memberships (org_id, created_at, id);

-- A signed-in device. `generation` counts the rotations of its refresh token, which is derived from it and
-- never stored; `org_id` is the organisation of its access tokens.
CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    org_id BLOB REFERENCES orgs (id) ON DELETE SET NULL,
    generation INTEGER NOT NULL CHECK (generation >= 0),
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CHECK (created_at < expires_at)
) STRICT;
-- Account.sessions.
CREATE INDEX sessions_account_id_idx ON sessions (account_id, id);
-- Those that ended long ago are deleted.
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- Only the SHA-256 of a reset token is stored.
CREATE TABLE password_resets (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
    CHECK (created_at < expires_at)
) STRICT;
-- A new password ends the resets of its account.
CREATE INDEX password_resets_account_id_idx ON password_resets (account_id);
-- Those that ended long ago are deleted.
CREATE INDEX password_resets_expires_at_idx ON password_resets (expires_at);
