//! The tables, in one shape for both databases. A test compares them with the catalogue of each.
#![expect(
    missing_docs,
    reason = "the columns are described where they mean something: in the models"
)]

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Organisations: the tenants.
    orgs (id) {
        id -> UuidColumn,
        name -> Text,
        timezone -> Text,
        language -> Text,
        created_at -> InstantColumn,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// An account.
    accounts (id) {
        id -> UuidColumn,
        email -> Text,
        display_name -> Text,
        password_hash -> Text,
        last_org_id -> Nullable<UuidColumn>,
        created_at -> InstantColumn,
        disabled_at -> Nullable<InstantColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::{InstantColumn, UuidColumn};

    /// What an account may do in an organisation.
    org_memberships (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        account_id -> UuidColumn,
        role -> Text,
        created_at -> InstantColumn,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Signed-in devices.
    sessions (id) {
        id -> UuidColumn,
        account_id -> UuidColumn,
        org_id -> Nullable<UuidColumn>,
        generation -> Integer,
        user_agent -> Nullable<Text>,
        created_at -> InstantColumn,
        last_used_at -> InstantColumn,
        expires_at -> InstantColumn,
        revoked_at -> Nullable<InstantColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Requested password resets.
    password_resets (id) {
        id -> UuidColumn,
        account_id -> UuidColumn,
        token_hash -> Binary,
        created_at -> InstantColumn,
        expires_at -> InstantColumn,
        used_at -> Nullable<InstantColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// The crew: people who can be booked.
    users (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        account_id -> Nullable<UuidColumn>,
        display_name -> Text,
        display_name_folded -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        archived_at -> Nullable<InstantColumn>,
        created_at -> InstantColumn,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::UuidColumn;

    /// What people can do.
    user_skills (org_id, user_id, skill_same) {
        org_id -> UuidColumn,
        user_id -> UuidColumn,
        skill -> Text,
        skill_folded -> Text,
        skill_same -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::UuidColumn;

    /// The tags that the organisation gives the person.
    user_tags (org_id, user_id, tag_same) {
        org_id -> UuidColumn,
        user_id -> UuidColumn,
        tag -> Text,
        tag_folded -> Text,
        tag_same -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Availability: when people can or cannot work.
    availability (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        user_id -> UuidColumn,
        starts_at -> InstantColumn,
        ends_at -> InstantColumn,
        kind -> Text,
        note -> Nullable<Text>,
        created_at -> InstantColumn,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Shows, tours, festival days.
    projects (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        name -> Text,
        name_folded -> Text,
        name_same -> Text,
        description -> Nullable<Text>,
        status -> Text,
        created_at -> InstantColumn,
        updated_at -> InstantColumn,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Pieces of work at one place and time.
    missions (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        project_id -> UuidColumn,
        title -> Text,
        title_folded -> Text,
        description -> Nullable<Text>,
        location -> Nullable<Text>,
        starts_at -> InstantColumn,
        ends_at -> InstantColumn,
        timezone -> Text,
        cancelled_at -> Nullable<InstantColumn>,
        created_at -> InstantColumn,
        updated_at -> InstantColumn,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// The roles that a mission asks for.
    mission_roles (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        mission_id -> UuidColumn,
        name -> Text,
        skill -> Nullable<Text>,
        skill_same -> Nullable<Text>,
        quantity -> Integer,
        position -> Integer,
        deleted_at -> Nullable<InstantColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Who was asked to take a place.
    assignments (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        mission_id -> UuidColumn,
        role_id -> UuidColumn,
        user_id -> UuidColumn,
        starts_at -> InstantColumn,
        ends_at -> InstantColumn,
        status -> Text,
        reason -> Nullable<Text>,
        invited_by -> Nullable<UuidColumn>,
        invited_at -> InstantColumn,
        responded_at -> Nullable<InstantColumn>,
        created_at -> InstantColumn,
        updated_at -> InstantColumn,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Links sent to people.
    invitations (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        assignment_id -> Nullable<UuidColumn>,
        email -> Nullable<Text>,
        role -> Nullable<Text>,
        invited_by -> Nullable<UuidColumn>,
        token_hash -> Binary,
        status -> Text,
        expires_at -> InstantColumn,
        created_at -> InstantColumn,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::db::types::{InstantColumn, UuidColumn};

    /// Mail that waits to be sent, or could not be.
    outbox (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        kind -> Text,
        assignment_id -> Nullable<UuidColumn>,
        mission_id -> Nullable<UuidColumn>,
        recipient_id -> Nullable<UuidColumn>,
        was_status -> Nullable<Text>,
        was_starts_at -> Nullable<InstantColumn>,
        was_ends_at -> Nullable<InstantColumn>,
        invitation_id -> Nullable<UuidColumn>,
        seed -> Nullable<Binary>,
        sent_by -> Nullable<UuidColumn>,
        letter_id -> Nullable<UuidColumn>,
        counted_at -> Nullable<InstantColumn>,
        attempts -> Integer,
        unsure -> Integer,
        planned_at -> InstantColumn,
        due_at -> Nullable<InstantColumn>,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::{InstantColumn, JsonColumn, UuidColumn};

    /// Every change, with who made it.
    audit_log (org_id, id) {
        org_id -> UuidColumn,
        id -> UuidColumn,
        at -> InstantColumn,
        actor_id -> Nullable<UuidColumn>,
        action -> Text,
        entity_type -> Text,
        entity_id -> UuidColumn,
        changes -> JsonColumn,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::db::types::InstantColumn;

    /// How often something was tried.
    throttles (key) {
        key -> Binary,
        ready_at -> InstantColumn,
    }
}

// The tables of an organisation have no `joinable!`, which is for keys of one column. A join of them is written out,
// with the organisation on both sides.
diesel::joinable!(org_memberships -> orgs (org_id));

// Sessions, password resets and throttles are left out. They belong to no organisation, and no statement has one of them
// beside an organisation's table.
diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    assignments,
    audit_log,
    availability,
    invitations,
    mission_roles,
    missions,
    org_memberships,
    orgs,
    outbox,
    projects,
    user_skills,
    user_tags,
    users,
);

diesel::allow_columns_to_appear_in_same_group_by_clause!(missions::project_id, assignments::status);
