-- What is planned, and who is asked to do it.

CREATE TABLE projects (
    org_id uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    name_folded text COLLATE "C" NOT NULL,
    name_same text COLLATE "C" NOT NULL,
    description text,
    status text NOT NULL CHECK (status IN ('DRAFT', 'ACTIVE', 'ARCHIVED')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    PRIMARY KEY (org_id, id),
    CONSTRAINT projects_org_id_name_same_key UNIQUE (org_id, name_same)
);
-- Query.projects.
CREATE INDEX projects_org_id_name_folded_idx ON projects (org_id, name_folded, id);

-- `[starts_at, ends_at)`; `timezone` is the IANA zone in which its day is read.
CREATE TABLE missions (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    title text NOT NULL CHECK (title <> ''),
    title_folded text COLLATE "C" NOT NULL,
    description text,
    location text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    timezone text NOT NULL,
    cancelled_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    PRIMARY KEY (org_id, id),
    CONSTRAINT missions_org_id_id_starts_at_ends_at_key UNIQUE (org_id, id, starts_at, ends_at),
    CHECK (starts_at < ends_at),
    CHECK (ends_at - starts_at <= interval '31 days'),
    FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)
);
-- Query.missions; and those of a time, for who is busy then.
CREATE INDEX missions_org_id_starts_at_idx ON missions (org_id, starts_at, id, ends_at, cancelled_at);
-- Where in that order the missions begin that end after an instant.
CREATE INDEX missions_org_id_ends_at_idx ON missions (org_id, ends_at, starts_at);
-- Project.missions, and the staffing of projects.
CREATE INDEX missions_org_id_project_id_starts_at_idx ON missions (org_id, project_id, starts_at, id);

-- A role that is deleted (`deleted_at`) stays for the assignments that it had.
CREATE TABLE mission_roles (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    mission_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    skill text CHECK (skill <> ''),
    skill_same text COLLATE "C",
    quantity integer NOT NULL CHECK (quantity >= 1),
    position integer NOT NULL CHECK (position >= 0),
    deleted_at timestamptz,
    PRIMARY KEY (org_id, id),
    CONSTRAINT mission_roles_org_id_mission_id_id_key UNIQUE (org_id, mission_id, id),
    CHECK ((skill IS NULL) = (skill_same IS NULL)),
    FOREIGN KEY (org_id, mission_id) REFERENCES missions (org_id, id) ON DELETE CASCADE
);

-- Somebody asked to take a place of a role. `starts_at` and `ends_at` are the mission's, so that an index can sort by
-- them; the first key keeps them so, and lets a transaction change the mission before its assignments. The third key
-- holds the role to its mission. `invited_by` is who is told of the answer.
CREATE TABLE assignments (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    mission_id uuid NOT NULL,
    role_id uuid NOT NULL,
    user_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('INVITED', 'ACCEPTED', 'DECLINED', 'CANCELLED')),
    reason text,
    invited_by uuid REFERENCES accounts (id) ON DELETE SET NULL,
    invited_at timestamptz NOT NULL,
    responded_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, mission_id, starts_at, ends_at) REFERENCES missions (org_id, id, starts_at, ends_at)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id),
    FOREIGN KEY (org_id, mission_id, role_id) REFERENCES mission_roles (org_id, mission_id, id)
);
CREATE UNIQUE INDEX assignments_org_id_mission_id_user_id_key ON assignments (org_id, mission_id, user_id)
    WHERE status IN ('INVITED', 'ACCEPTED');
-- Mission.assignments and its staffing; Query.assignments of a mission.
CREATE INDEX assignments_org_id_mission_id_idx ON assignments (org_id, mission_id, starts_at, id);
-- MissionRole.assignments and its staffing.
CREATE INDEX assignments_org_id_role_id_idx ON assignments (org_id, role_id, status);
-- User.assignments, Query.assignments of a person, and what they do at a time.
CREATE INDEX assignments_org_id_user_id_idx ON assignments (org_id, user_id, starts_at, id);
-- Query.assignments, and who is busy at a time.
CREATE INDEX assignments_org_id_starts_at_idx ON assignments (org_id, starts_at, id, status, ends_at);
-- Query.assignments of one status, which may be rare.
CREATE INDEX assignments_org_id_status_idx ON assignments (org_id, status, starts_at, id, ends_at);

-- A link sent to someone: for a place on a mission (`assignment_id`), or to join the organisation (`email`,
-- `role`). An invitation to join is valid only while the account that sent it (`invited_by`) may still invite to that
-- role. Only the SHA-256 of its token is stored; the token names its organisation, so that its row is found there.
-- That it has expired is read from `expires_at`.
CREATE TABLE invitations (
    org_id uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    assignment_id uuid,
    email text COLLATE "C",
    role text CHECK (role IN ('OWNER', 'ADMIN', 'MANAGER', 'TECH')),
    invited_by uuid REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    status text NOT NULL CHECK (status IN ('PENDING', 'ACCEPTED', 'DECLINED', 'REVOKED')),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT invitations_org_id_token_hash_key UNIQUE (org_id, token_hash),
    CHECK ((assignment_id IS NULL) = (email IS NOT NULL)),
    CHECK ((email IS NULL) = (role IS NULL)),
    CHECK ((email IS NULL) = (invited_by IS NULL)),
    FOREIGN KEY (org_id, assignment_id) REFERENCES assignments (org_id, id) ON DELETE CASCADE
);
-- Assignment.invitation, the newest one.
CREATE INDEX invitations_org_id_assignment_id_idx ON invitations (org_id, assignment_id, id);
-- Query.invitations. Whether one has expired is compared in the index.
CREATE INDEX invitations_org_id_created_at_idx ON invitations (org_id, created_at, id, status, expires_at);
-- Query.invitations of one status, which may be rare.
CREATE INDEX invitations_org_id_status_idx ON invitations (org_id, status, created_at, id, expires_at);
-- Those of an address to join, before another one is made.
CREATE INDEX invitations_org_id_email_idx ON invitations (org_id, email) WHERE email IS NOT NULL;

-- Mail that waits to be sent, or could not be. A row of a mission belongs to one step of an assignment, and is for the
-- person or, by an account, for who invited them: `kind` tells. `was_status` is what the recipient knew before the step,
-- and `was_starts_at` with `was_ends_at` is where a moved mission was. `seed` is what the token of the link is derived
-- from. `unsure` counts the attempts of which nobody knows whether the mail arrived. What a mail says is read when it is
-- sent. One that could not be sent has no `due_at`.
CREATE TABLE outbox (
    org_id uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('JOIN', 'INVITED', 'CHANGED', 'DECLINED', 'WITHDRAWN', 'RECONFIRMED')),
    assignment_id uuid,
    mission_id uuid,
    recipient_id uuid,
    was_status text CHECK (was_status IN ('INVITED', 'ACCEPTED', 'DECLINED', 'CANCELLED')),
    was_starts_at timestamptz,
    was_ends_at timestamptz,
    invitation_id uuid,
    seed bytea CHECK (octet_length(seed) = 32),
    sent_by uuid REFERENCES accounts (id) ON DELETE SET NULL,
    letter_id uuid,
    counted_at timestamptz,
    attempts integer NOT NULL CHECK (attempts >= 0),
    unsure integer NOT NULL CHECK (unsure >= 0),
    planned_at timestamptz NOT NULL,
    due_at timestamptz,
    problem text,
    PRIMARY KEY (org_id, id),
    CHECK ((invitation_id IS NULL) = (seed IS NULL)),
    CHECK ((kind = 'JOIN') = (assignment_id IS NULL)),
    CHECK ((assignment_id IS NULL) = (mission_id IS NULL)),
    CHECK ((assignment_id IS NULL) = (recipient_id IS NULL)),
    CHECK ((was_starts_at IS NULL) = (was_ends_at IS NULL)),
    CHECK (attempts = 0 OR letter_id IS NOT NULL),
    FOREIGN KEY (org_id, assignment_id) REFERENCES assignments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, invitation_id) REFERENCES invitations (org_id, id) ON DELETE CASCADE
);
-- Which organisations have mail that is due, and what was given up.
CREATE INDEX outbox_due_at_idx ON outbox (due_at, org_id);
-- What is due in one of them.
CREATE INDEX outbox_org_id_due_at_idx ON outbox (org_id, due_at, id);
-- How many invitations to join wait in it; and the rows that go with an assignment or an invitation.
CREATE INDEX outbox_org_id_assignment_id_idx ON outbox (org_id, assignment_id);
CREATE INDEX outbox_org_id_invitation_id_idx ON outbox (org_id, invitation_id);
-- What is due for one recipient.
CREATE INDEX outbox_org_id_recipient_id_idx ON outbox (org_id, recipient_id, due_at, id);
-- What waits about one mission for one recipient.
CREATE INDEX outbox_org_id_mission_id_idx ON outbox (org_id, mission_id, recipient_id, id);
