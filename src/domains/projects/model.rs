//! Rows of projects.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::projects;
use crate::db::types::{Timestamp, text_enum};
use crate::ids::{Entity, OrgId, ProjectId};
use crate::page::{Listed, Position};

/// The status of a project. A DRAFT can become ACTIVE or ARCHIVED, and an ACTIVE project can become ARCHIVED. An ADMIN
/// can make an ARCHIVED project ACTIVE again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum ProjectStatus {
    /// The project is being prepared. People can already be invited and accept.
    Draft,
    /// The project is under way.
    Active,
    /// The project is over and cannot be changed.
    Archived,
}

text_enum!(ProjectStatus { Draft = "DRAFT", Active = "ACTIVE", Archived = "ARCHIVED" });

/// A project.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = projects, treat_none_as_default_value = false)]
pub struct Project {
    pub id: ProjectId,
    pub org_id: OrgId,
    pub name: String,
    /// The name folded for searching: lists are sorted by it.
    pub name_folded: String,
    pub description: Option<String>,
    pub status: ProjectStatus,
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Increases with each change.
    pub version: i32,
}

impl Entity for Project {
    const PREFIX: &str = "project";
    const TYPE: &str = "Project";
}

/// By name.
impl Listed for Project {
    type Of = Self;
    type Key = String;
    type KeyColumn = projects::name_folded;
    type IdColumn = projects::id;

    fn position(&self) -> Position<Self> {
        (self.name_folded.clone(), self.id)
    }
}

impl Project {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({"name": self.name, "description": self.description, "status": self.status.as_str()})
    }
}

/// Which projects to return.
#[derive(Clone, Debug, Default)]
pub struct ProjectFilter {
    /// Any of them; `None`: all.
    pub status: Option<Vec<ProjectStatus>>,
    /// A `LIKE` pattern on the folded name.
    pub search: Option<String>,
}
