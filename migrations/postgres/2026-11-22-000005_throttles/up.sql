-- How often something was tried, shared by all servers. `key` is the SHA-256 of the rule and of whom it counts;
-- `ready_at` is when the allowance is whole again (the "theoretical arrival time" of GCRA).
CREATE TABLE throttles (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    ready_at timestamptz NOT NULL
);
CREATE INDEX throttles_ready_at_idx ON throttles (ready_at);
