//! Statements that may do what others may not, each with its reason. A part of the statement names it, written without
//! quotation marks, so that one entry serves both databases.

/// A part of a statement's text, and the reason.
type Excused = (&'static str, &'static str);

/// May lack the organisation.
pub const WITHOUT_ORGANISATION: [Excused; 5] = [
    (
        "FROM org_memberships WHERE org_memberships.account_id ",
        "memberships_of: which organisations an account has is asked before one of them is chosen",
    ),
    (
        "SELECT DISTINCT outbox.org_id FROM outbox ",
        "due_orgs: the sender asks which organisations have mail that is due",
    ),
    (
        "FROM outbox WHERE (outbox.due_at IS NULL)",
        "failed: the operator asks which mails could not be sent",
    ),
    (
        "SELECT outbox.org_id, outbox.id FROM outbox ",
        "failed_by: mails of all organisations that were given up long ago are deleted",
    ),
    (
        "SELECT COUNT(*), COUNT(outbox.due_at) FROM outbox",
        "counts: the operator asks how many mails are not sent yet",
    ),
];

/// May read all rows of an organisation: lists, which stop after a page, and counts of them.
pub const WHOLE_ORGANISATION: [Excused; 19] = [
    ("ORDER BY assignments.starts_at ", "Query.assignments"),
    ("ORDER BY missions.starts_at ", "Query.missions"),
    ("ORDER BY projects.name_folded ", "Query.projects"),
    ("ORDER BY users.display_name_folded ", "Query.users"),
    (
        "users.display_name_folded, users.id LIMIT",
        "Query.candidates",
    ),
    ("ORDER BY org_memberships.created_at ", "Org.members"),
    ("ORDER BY org_memberships.id", "account list --org"),
    ("ORDER BY audit_log.at ", "Query.auditLog"),
    ("ORDER BY invitations.created_at ", "Query.invitations"),
    ("SELECT COUNT(*) FROM assignments ", "its totalCount"),
    ("SELECT COUNT(*) FROM missions ", "its totalCount"),
    ("SELECT COUNT(*) FROM projects ", "its totalCount"),
    ("SELECT COUNT(*) FROM users ", "its totalCount"),
    ("SELECT COUNT(*) FROM audit_log ", "its totalCount"),
    ("SELECT COUNT(*) FROM (invitations ", "its totalCount"),
    ("SELECT COUNT(*) FROM invitations ", "the same, of all"),
    (
        "SELECT COUNT(*) FROM org_memberships ",
        "its totalCount, and whether there is another OWNER",
    ),
    ("min(user_skills.skill)", "Org.skills"),
    ("min(user_tags.tag)", "Org.tags"),
];

/// May sort its rows.
pub const SORTING: [Excused; 13] = [
    (
        "SELECT DISTINCT outbox.org_id FROM outbox ",
        "due_orgs: what is due is due for a few seconds only, so it is little",
    ),
    (
        "ORDER BY assignments.id",
        "open_within: the assignments of one mission, role, person or project are locked in the order of their ids",
    ),
    (
        "ORDER BY assignments.starts_at, assignments.id, later.starts_at, later.id",
        "conflicts: SQLite sorts those with one assignment at a time, and these are few",
    ),
    (
        "ASC, users.display_name_folded, users.id LIMIT",
        "candidates: all people of the organisation are compared, and the best ones are wanted",
    ),
    (
        "ORDER BY mission_roles.mission_id, mission_roles.position, mission_roles.id",
        "a mission has at most 100 roles, and SQLite sorts those of one mission at a time",
    ),
    (
        "ORDER BY user_skills.user_id, user_skills.skill_folded, user_skills.skill_same",
        "a person has at most 50 skills, and SQLite sorts those of one person at a time",
    ),
    (
        "ORDER BY user_tags.user_id, user_tags.tag_folded, user_tags.tag_same",
        "a person has at most 50 tags, and SQLite sorts those of one person at a time",
    ),
    (
        "ORDER BY org_memberships.created_at, org_memberships.id",
        "the organisations of an account",
    ),
    (
        "ROW_NUMBER() OVER (PARTITION BY",
        "the pages of several parents: an index holds their lists in order, but backward SQLite sorts each of them",
    ),
    (
        "GROUP BY user_skills.skill_folded, user_skills.skill_same",
        "Org.skills: each skill once, and PostgreSQL sorts them when it has found them",
    ),
    (
        "GROUP BY user_tags.tag_folded, user_tags.tag_same",
        "Org.tags: each tag once, and PostgreSQL sorts them when it has found them",
    ),
    (
        "COUNT(*)",
        "a count reads what it counts; SQLite sorts to group",
    ),
    (
        "sum(mission_roles.quantity)",
        "the places of projects are added up; SQLite sorts to group",
    ),
];

/// Whether a statement is excused.
pub fn is_excused(list: &[Excused], sql: &str) -> bool {
    let plain = sql.replace(['"', '`'], "");
    list.iter().any(|(part, _)| plain.contains(part))
}
