use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::super::model;
use super::loaders::{MissionById, RolesOf};
use crate::domains::bookings::graphql::{Assignment, AssignmentsOf, CountsOf};
use crate::domains::bookings::model::AssignmentStatus;
use crate::domains::projects::graphql::{Project, ProjectById};
use crate::graphql::context::{load, load_one, maybe_text, text};
use crate::graphql::id::id_of;
use crate::graphql::scalar::DateTime;
use crate::ids::Kind;

/// How far the needed places are filled. `open` = needed - accepted, never below 0.
#[derive(Clone, Copy, Default, SimpleObject)]
pub struct Staffing {
    /// Places.
    needed: i32,
    /// People who were asked and have not answered.
    invited: i32,
    /// People who come.
    accepted: i32,
    /// Places that nobody has taken.
    open: i32,
}

impl From<model::Staffing> for Staffing {
    fn from(row: model::Staffing) -> Self {
        let int = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            needed: int(row.needed),
            invited: int(row.invited),
            accepted: int(row.accepted),
            open: int((row.needed - row.accepted).max(0)),
        }
    }
}

/// `Mission` of the schema.
pub struct Mission(pub model::Mission);

/// A piece of work `[startsAt, endsAt)` at one place, with the roles that it needs.
#[Object]
impl Mission {
    /// TypeID with the prefix `mission`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Mission, self.0.id)
    }

    /// The project that it belongs to.
    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        Ok(Project(
            load_one(ctx, ProjectById(self.0.project_id)).await?,
        ))
    }

    /// What it is called.
    async fn title(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(text(ctx, &self.0.title).await?)
    }

    /// What it is about.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(maybe_text(ctx, &self.0.description).await?)
    }

    /// Where it is.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(maybe_text(ctx, &self.0.location).await?)
    }

    /// When it starts.
    async fn starts_at(&self) -> DateTime {
        self.0.starts_at.into()
    }

    /// When it is over.
    async fn ends_at(&self) -> DateTime {
        self.0.ends_at.into()
    }

    /// IANA zone name in which the work day is read.
    async fn timezone(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(text(ctx, &self.0.timezone).await?)
    }

    /// Since when it does not take place.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.0.cancelled_at.map(DateTime::from)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// Raised by each change; give it back as expectedVersion.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The roles that it asks for, in the order in which they were given.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<MissionRole>> {
        let roles = load(ctx, RolesOf(self.0.id)).await?.unwrap_or_default();
        Ok(roles.into_iter().map(MissionRole).collect())
    }

    /// Who was asked, oldest first.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand at one of these.")] status: Option<
            Vec<AssignmentStatus>,
        >,
    ) -> Result<Vec<Assignment>> {
        let rows = load(ctx, AssignmentsOf::mission(self.0.id, status))
            .await?
            .unwrap_or_default();
        Ok(rows.into_iter().map(Assignment).collect())
    }

    /// How far its places are filled. A cancelled mission needs nobody.
    async fn staffing(&self, ctx: &Context<'_>) -> Result<Staffing> {
        let (roles, counts) = futures_util::try_join!(
            load(ctx, RolesOf(self.0.id)),
            load(ctx, CountsOf(self.0.id)),
        )?;
        let mut staffing = model::Staffing::default();
        if self.0.cancelled_at.is_none() {
            staffing.needed = roles
                .unwrap_or_default()
                .iter()
                .map(|role| i64::from(role.quantity))
                .sum();
        }
        for (_, invited, accepted) in counts.unwrap_or_default() {
            staffing.invited += invited;
            staffing.accepted += accepted;
        }
        Ok(staffing.into())
    }
}

/// `MissionRole` of the schema.
pub struct MissionRole(pub model::MissionRole);

/// A kind of work that a mission asks for, and how many people.
#[Object]
impl MissionRole {
    /// TypeID with the prefix `role`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Role, self.0.id)
    }

    /// The mission that asks for it.
    async fn mission(&self, ctx: &Context<'_>) -> Result<Mission> {
        Ok(Mission(
            load_one(ctx, MissionById(self.0.mission_id)).await?,
        ))
    }

    /// What it is called.
    async fn name(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(text(ctx, &self.0.name).await?)
    }

    /// The skill that the work asks for, if any.
    async fn skill(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(maybe_text(ctx, &self.0.skill).await?)
    }

    /// How many people it asks for.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// How far its places are filled. A role of a cancelled mission needs nobody.
    async fn staffing(&self, ctx: &Context<'_>) -> Result<Staffing> {
        let (mission, counts) = futures_util::try_join!(
            load_one(ctx, MissionById(self.0.mission_id)),
            load(ctx, CountsOf(self.0.mission_id)),
        )?;
        let of_role = counts
            .unwrap_or_default()
            .into_iter()
            .find(|count| count.0 == self.0.id);
        let (_, invited, accepted) = of_role.unwrap_or((self.0.id, 0, 0));
        let live = mission.cancelled_at.is_none();
        let needed = if live { i64::from(self.0.quantity) } else { 0 };
        Ok(model::Staffing {
            needed,
            invited,
            accepted,
        }
        .into())
    }

    /// Who was asked, oldest first.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand at one of these.")] status: Option<
            Vec<AssignmentStatus>,
        >,
    ) -> Result<Vec<Assignment>> {
        let rows = load(ctx, AssignmentsOf::role(self.0.id, status))
            .await?
            .unwrap_or_default();
        Ok(rows.into_iter().map(Assignment).collect())
    }
}
