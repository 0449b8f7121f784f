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
-- Query.auditLog. The action is in the first one, so that a list of several is compared without reading the rows.
CREATE INDEX audit_log_org_id_at_idx ON audit_log (org_id, at, id, action);
-- Those about one row.
CREATE INDEX audit_log_org_id_entity_id_idx ON audit_log (org_id, entity_id, at, id);
-- Those of one account; and whose accounts the log shows.
CREATE INDEX audit_log_org_id_actor_id_idx ON audit_log (org_id, actor_id, at, id, action);
-- Those of one mutation, which may be rare.
CREATE INDEX audit_log_org_id_action_idx ON audit_log (org_id, action, at, id);
