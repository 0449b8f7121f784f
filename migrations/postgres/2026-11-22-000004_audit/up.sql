-- One row for each change, written in the change's own transaction. `actor_id` is null for the system and for
-- the holder of a token.
CREATE TABLE audit_log (
    org_id uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    action text NOT NULL CHECK (action <> ''),
    entity_type text NOT NULL CHECK (entity_type <> ''),
    entity_id uuid NOT NULL,
    changes jsonb NOT NULL,
    PRIMARY KEY (org_id, id)
);
