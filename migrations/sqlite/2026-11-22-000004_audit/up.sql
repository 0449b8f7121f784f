-- One row for each change, written in the change's own transaction. `actor_id` is null for the system and for
-- the holder of a token.
CREATE TABLE audit_log (
    org_id BLOB NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor_id BLOB REFERENCES accounts (id) ON DELETE SET NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    entity_type TEXT NOT NULL CHECK (entity_type <> ''),
    entity_id BLOB NOT NULL,
    changes TEXT NOT NULL CHECK (json_valid(changes)),
    PRIMARY KEY (org_id, id)
) STRICT;
