use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::super::model;
use super::loaders::Roles;
use crate::domains::assignments;
use crate::domains::assignments::model::AssignmentStatus;
use crate::domains::bookings::graphql::{Assignment, AssignmentsOf, Counts, Staffing};
use crate::domains::projects::graphql::Project;
use crate::graphql::brief::{Brief, InParts, extent, load_one_row};
use crate::graphql::context::{load, load_many, load_one};
use crate::graphql::execute::by_id::{ById, ListOf};
use crate::graphql::execute::object::{Many, One};
use crate::graphql::scalar::DateTime;

/// `Mission` of the schema.
pub struct Mission(pub(super) model::MissionParts);

impl From<model::Mission> for Mission {
    fn from(row: model::Mission) -> Self {
        Self(row.into())
    }
}

impl From<model::MissionParts> for Mission {
    fn from(row: model::MissionParts) -> Self {
        Self(row)
    }
}

impl InParts for Mission {
    const BRIEF: &'static [&'static str] = &[
        "id",
        "project",
        "title",
        "location",
        "startsAt",
        "endsAt",
        "timezone",
        "cancelledAt",
        "roles",
        "assignments",
        "staffing",
    ];
}

/// A mission: work at one place during the time `[startsAt, endsAt)`, with the roles that it needs.
#[Object]
impl Mission {
    /// TypeID with the prefix `mission`.
    pub async fn id(&self) -> ID {
        self.0.brief.id.into()
    }

    /// The project of the mission.
    async fn project(&self, ctx: &Context<'_>) -> Result<One<Arc<Project>>> {
        Ok(One(
            load_one(ctx, ById::<Project>(self.0.brief.project_id)).await?
        ))
    }

    /// The title of the mission.
    async fn title(&self) -> &str {
        &self.0.brief.title
    }

    /// A description of the mission.
    async fn description(&self) -> Result<Option<&str>> {
        Ok(self.0.rest()?.description.as_deref())
    }

    /// The place.
    async fn location(&self) -> Option<&str> {
        self.0.brief.location.as_deref()
    }

    /// When the mission starts.
    async fn starts_at(&self) -> DateTime {
        self.0.brief.starts_at.into()
    }

    /// When the mission ends. This instant is not part of the mission.
    async fn ends_at(&self) -> DateTime {
        self.0.brief.ends_at.into()
    }

    /// The IANA time zone in which to show the mission.
    async fn timezone(&self) -> &str {
        &self.0.brief.timezone
    }

    /// When the mission was cancelled. Null if it takes place.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.0.brief.cancelled_at.map(DateTime::from)
    }

    /// When the mission was created.
    async fn created_at(&self) -> Result<DateTime> {
        Ok(self.0.rest()?.created_at.into())
    }

    /// When the mission was last changed.
    async fn updated_at(&self) -> Result<DateTime> {
        Ok(self.0.rest()?.updated_at.into())
    }

    /// Increases with each change of the mission or of its roles. Send it as `expectedVersion` when you change the
    /// mission.
    async fn version(&self) -> Result<i32> {
        Ok(self.0.rest()?.version)
    }

    /// The roles of the mission, in the order in which they were entered.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Many<MissionRole>> {
        Ok(load_many(ctx, ListOf::<Roles>(self.0.brief.id)).await?)
    }

    /// The assignments, oldest first.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with one of these statuses.")] status: Option<
            Vec<AssignmentStatus>,
        >,
    ) -> Result<Many<Assignment>> {
        let extent = extent::<Assignment>(ctx);
        let key = AssignmentsOf::mission(self.0.brief.id, status, extent);
        Ok(load_many(ctx, key).await?)
    }

    /// How many places of the mission are filled. A cancelled mission needs nobody.
    async fn staffing(&self, ctx: &Context<'_>) -> Result<One<Staffing>> {
        let (roles, counts) = futures_util::try_join!(
            load(ctx, ListOf::<Roles>(self.0.brief.id)),
            load(ctx, ById::<Counts>(self.0.brief.id)),
        )?;
        let mut staffing = assignments::model::Staffing::default();
        if self.0.brief.cancelled_at.is_none() {
            staffing.needed = roles
                .unwrap_or_default()
                .iter()
                .map(|role| i64::from(role.0.quantity))
                .sum();
        }
        for of_role in counts.unwrap_or_default().values() {
            staffing.counts += *of_role;
        }
        Ok(One(staffing.into()))
    }
}

/// `MissionRole` of the schema.
pub struct MissionRole(pub model::MissionRole);

/// A role of a mission: a kind of work, and the number of people that it needs.
#[Object]
impl MissionRole {
    /// TypeID with the prefix `role`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The mission of the role.
    async fn mission(&self, ctx: &Context<'_>) -> Result<One<Arc<Mission>>> {
        Ok(One(load_one_row(ctx, self.0.mission_id).await?))
    }

    /// The name of the role.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The skill that the role needs, if any.
    async fn skill(&self) -> Option<&str> {
        self.0.skill.as_deref()
    }

    /// The number of people that the role needs.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// How many places of the role are filled. A role that is deleted or of a cancelled mission needs nobody.
    async fn staffing(&self, ctx: &Context<'_>) -> Result<One<Staffing>> {
        let (mission, counts) = futures_util::try_join!(
            load_one(ctx, ById::<Brief<Mission>>(self.0.mission_id)),
            load(ctx, ById::<Counts>(self.0.mission_id)),
        )?;
        let counts = counts.unwrap_or_default();
        let of_role = counts.get(&self.0.id).copied().unwrap_or_default();
        let live = mission.0.brief.cancelled_at.is_none() && self.0.deleted_at.is_none();
        let staffing = assignments::model::Staffing {
            needed: if live { i64::from(self.0.quantity) } else { 0 },
            counts: of_role,
        };
        Ok(One(staffing.into()))
    }

    /// The assignments, oldest first.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with one of these statuses.")] status: Option<
            Vec<AssignmentStatus>,
        >,
    ) -> Result<Many<Assignment>> {
        let extent = extent::<Assignment>(ctx);
        let key = AssignmentsOf::role(self.0.id, status, extent);
        Ok(load_many(ctx, key).await?)
    }
}
