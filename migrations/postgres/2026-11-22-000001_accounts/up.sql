-- Who signs in, and to which organisations they belong.
-- Columns named `_folded` hold a text's key for searching and sorting, those named `_same` its key for sameness
-- (src/text). COLLATE "C" sorts them by their bytes, as SQLite does.

CREATE TABLE orgs (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    timezone text NOT NULL,
    language text NOT NULL CHECK (language IN ('FR', 'EN')),
    created_at timestamptz NOT NULL
);

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    email text COLLATE "C" NOT NULL CHECK (email <> ''),
    display_name text NOT NULL CHECK (display_name <> ''),
    password_hash text NOT NULL,
    last_org_id uuid REFERENCES orgs (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT accounts_email_key UNIQUE (email)
);

CREATE TABLE org_memberships (
    org_id uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'MANAGER', 'TECH')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT org_memberships_account_id_org_id_key UNIQUE (account_id, org_id)
);
-- Org.members.
CREATE INDEX org_memberships_org_id_created_at_idx ON org_memberships (org_id, created_at, id);

-- A signed-in device. `generation` counts the rotations of its refresh token, which is derived from it and
-- never stored; `org_id` is the organisation of its access tokens.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    org_id uuid REFERENCES orgs (id) ON DELETE SET NULL,
    generation integer NOT NULL CHECK (generation >= 0),
    user_agent text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK (created_at < expires_at)
);
-- Account.sessions.
CREATE INDEX sessions_account_id_idx ON sessions (account_id, id);
-- Those that ended long ago are deleted.
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- Only the SHA-256 of a reset token is stored.
CREATE TABLE password_resets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
    CHECK (created_at < expires_at)
);
-- A new password ends the resets of its account.
CREATE INDEX password_resets_account_id_idx ON password_resets (account_id);
-- Those that ended long ago are deleted.
CREATE INDEX password_resets_expires_at_idx ON password_resets (expires_at);
