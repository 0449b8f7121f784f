//! Statements that may do what others may not, each with its reason. A part of the statement names it, written without
//! quotation marks, so that one entry serves both databases.

/// A statement that is excused from a rule.
pub struct Excused {
    /// A part of its text.
    part: &'static str,
    /// Why.
    _reason: &'static str,
}

const fn excused(part: &'static str, reason: &'static str) -> Excused {
    Excused {
        part,
        _reason: reason,
    }
}

/// May lack the organisation.
pub const WITHOUT_ORGANISATION: [Excused; 1] = [excused(
    "FROM org_memberships WHERE (org_memberships.account_id ",
    "memberships_of: which organisations an account has is asked before one of them is chosen",
)];

/// May read all rows of an organisation: lists, which stop after a page, and counts of them.
pub const WHOLE_ORGANISATION: [Excused; 13] = [
    excused("ORDER BY assignments.starts_at ", "Query.assignments"),
    excused("ORDER BY missions.starts_at ", "Query.missions"),
    excused("ORDER BY projects.name_folded ", "Query.projects"),
    excused("ORDER BY users.display_name_folded ", "Query.users"),
    excused(
        "users.display_name_folded, users.id LIMIT",
        "Query.candidates",
    ),
    excused("ORDER BY org_memberships.created_at ", "Org.members"),
    excused("SELECT COUNT(*) FROM assignments ", "its totalCount"),
    excused("SELECT COUNT(*) FROM missions ", "its totalCount"),
    excused("SELECT COUNT(*) FROM projects ", "its totalCount"),
    excused("SELECT COUNT(*) FROM users ", "its totalCount"),
    excused(
        "SELECT COUNT(*) FROM org_memberships ",
        "its totalCount, and whether there is another OWNER",
    ),
    excused("min(user_skills.skill)", "Org.skills"),
    excused("min(user_tags.tag)", "Org.tags"),
];

/// May sort its rows.
pub const SORTING: [Excused; 12] = [
    excused(
        "ASC, users.display_name_folded, users.id LIMIT",
        "candidates: all people of the organisation are compared, and the best ones are wanted",
    ),
    excused(
        "ORDER BY mission_roles.mission_id, mission_roles.position, mission_roles.id",
        "a mission has at most 100 roles, and SQLite sorts those of one mission at a time",
    ),
    excused(
        "ORDER BY user_skills.user_id, user_skills.skill_folded, user_skills.skill_same",
        "a person has at most 50 skills, and SQLite sorts those of one person at a time",
    ),
    excused(
        "ORDER BY user_tags.user_id, user_tags.tag_folded, user_tags.tag_same",
        "a person has at most 50 tags, and SQLite sorts those of one person at a time",
    ),
    excused(
        "ORDER BY org_memberships.created_at, org_memberships.id",
        "the organisations of an account",
    ),
    excused(
        "ORDER BY assignments.starts_at, assignments.id",
        "overlapping: what people do at the time of one mission",
    ),
    excused(
        "ORDER BY invitations.id",
        "an assignment has one invitation, and another one each time it is sent again",
    ),
    excused(
        "ROW_NUMBER() OVER (PARTITION BY",
        "the pages of several parents: an index holds their lists in order, but backward SQLite sorts each of them",
    ),
    excused(
        "GROUP BY user_skills.skill_folded, user_skills.skill_same",
        "Org.skills: each skill once, and PostgreSQL sorts them when it has found them",
    ),
    excused(
        "GROUP BY user_tags.tag_folded, user_tags.tag_same",
        "Org.tags: each tag once, and PostgreSQL sorts them when it has found them",
    ),
    excused(
        "COUNT(*)",
        "a count reads what it counts; SQLite sorts to group",
    ),
    excused(
        "sum(mission_roles.quantity)",
        "the places of projects are added up; SQLite sorts to group",
    ),
];

/// Whether a statement is excused.
pub fn is_excused(list: &[Excused], sql: &str) -> bool {
    let plain = sql.replace(['"', '`'], "");
    list.iter().any(|excused| plain.contains(excused.part))
}
