-- The people who can be booked. Each key of an organisation's table begins with `org_id`. So another table refers to a
-- row together with its organisation, and the database itself refuses a row that mixes two organisations.

CREATE TABLE users (
    org_id BLOB NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    account_id BLOB REFERENCES accounts (id) ON DELETE SET NULL,
    display_name TEXT NOT NULL CHECK (display_name <> ''),
    display_name_folded TEXT NOT NULL,
    email TEXT CHECK (email <> ''),
    phone TEXT,
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    PRIMARY KEY (org_id, id)
) STRICT;
-- Query.users.
CREATE INDEX users_org_id_display_name_folded_idx ON users (org_id, display_name_folded, id);
CREATE UNIQUE INDEX users_org_id_account_id_key ON users (org_id, account_id);
CREATE UNIQUE INDEX users_org_id_email_key ON users (org_id, email) WHERE archived_at IS NULL;

CREATE TABLE user_skills (
    org_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    skill TEXT NOT NULL CHECK (skill <> ''),
    skill_folded TEXT NOT NULL,
    skill_same TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, skill_same),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
-- Org.skills: each skill once, in order.
CREATE INDEX user_skills_org_id_skill_folded_idx ON user_skills (org_id, skill_folded, skill_same, skill);

CREATE TABLE user_tags (
    org_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    tag TEXT NOT NULL CHECK (tag <> ''),
    tag_folded TEXT NOT NULL,
    tag_same TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, tag_same),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
-- Org.tags: each tag once, in order.
CREATE INDEX user_tags_org_id_tag_folded_idx ON user_tags (org_id, tag_folded, tag_same, tag);

-- `[starts_at, ends_at)` in which a person can or cannot work. None is longer than 366 days, so that a search for those
-- of a time looks back no further.
CREATE TABLE availability (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('AVAILABLE', 'UNAVAILABLE')),
    note TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (starts_at < ends_at),
    CHECK (ends_at - starts_at <= 31622400000000),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
-- User.availability, and who can take a role. For that everybody's slots are looked at, so the index has all that is
-- asked.
CREATE INDEX availability_org_id_user_id_idx ON availability (org_id, user_id, starts_at, ends_at, kind);
