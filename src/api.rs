//! The schema, put together out of the domains' roots.

use std::sync::LazyLock;

use async_graphql::{
    Context, EmptySubscription, ID, Interface, MergedObject, Object, Result, SDLExportOptions,
};

use crate::access::Role;
use crate::domains::auth::graphql::{Account, AccountById, AuthMutation, AuthQuery, Session};
use crate::domains::auth::service::sessions;
use crate::domains::availability::graphql::{Availability, AvailabilityById, AvailabilityMutation};
use crate::domains::bookings::graphql::{
    Assignment, AssignmentById, BookingMutation, BookingQuery, Invitation, InvitationById,
};
use crate::domains::crew::graphql::{CrewMutation, CrewQuery, User, UserById};
use crate::domains::missions::graphql::{
    Mission, MissionById, MissionMutation, MissionQuery, MissionRole, RoleById,
};
use crate::domains::orgs::graphql::{
    MembershipById, Org, OrgById, OrgMembership, OrgMutation, OrgQuery,
};
use crate::domains::projects::graphql::{Project, ProjectById, ProjectMutation, ProjectQuery};
use crate::error::{AppError, ErrorCode};
use crate::graphql::context::{load, signed_in, state};
use crate::graphql::document;
use crate::graphql::documents::Rules;
use crate::graphql::guard::SIGNED_IN;
use crate::ids::{self, Kind};

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Everything that can be read. All but `invitation` needs an access token and stays inside its organisation.
#[derive(MergedObject, Default)]
pub struct Query(
    AuthQuery,
    OrgQuery,
    CrewQuery,
    ProjectQuery,
    MissionQuery,
    BookingQuery,
    NodeQuery,
);

/// Everything that can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AuthMutation,
    OrgMutation,
    CrewMutation,
    AvailabilityMutation,
    ProjectMutation,
    MissionMutation,
    BookingMutation,
);

/// What has an id of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "TypeID: what it is, and which."))]
pub enum Node {
    /// An account.
    Account(Account),
    /// A signed-in device.
    Session(Session),
    /// An organisation.
    Org(Org),
    /// A membership.
    OrgMembership(OrgMembership),
    /// A crew member.
    User(User),
    /// A slot.
    Availability(Availability),
    /// A project.
    Project(Project),
    /// A mission.
    Mission(Mission),
    /// A role.
    MissionRole(MissionRole),
    /// An assignment.
    Assignment(Assignment),
    /// An invitation.
    Invitation(Invitation),
}

/// The lookup by id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Whatever has this id, if you may see it; otherwise null.
    #[graphql(guard = SIGNED_IN)]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An id of any kind.")] id: ID,
    ) -> Result<Option<Node>> {
        let Some((kind, key)) = ids::decode_any(&id) else {
            return Err(AppError::bad_input("id", "This is not an id.").into());
        };
        let who = signed_in(ctx)?;
        Ok(match kind {
            Kind::Account => load(ctx, AccountById(key))
                .await?
                .map(|row| Account(row).into()),
            Kind::Org => load(ctx, OrgById(key)).await?.map(|row| Org(row).into()),
            Kind::Membership => load(ctx, MembershipById(key))
                .await?
                .map(|row| OrgMembership(row).into()),
            Kind::User => load(ctx, UserById(key)).await?.map(|row| User(row).into()),
            Kind::Availability => load(ctx, AvailabilityById(key))
                .await?
                .map(|row| Availability(row).into()),
            Kind::Project => load(ctx, ProjectById(key))
                .await?
                .map(|row| Project(row).into()),
            Kind::Mission => load(ctx, MissionById(key))
                .await?
                .map(|row| Mission(row).into()),
            Kind::Role => load(ctx, RoleById(key))
                .await?
                .map(|row| MissionRole(row).into()),
            Kind::Assignment => load(ctx, AssignmentById(key))
                .await?
                .map(|row| Assignment(row).into()),
            Kind::Invitation if who.member.is_some_and(|member| member.is(Role::Manager)) => {
                load(ctx, InvitationById(key))
                    .await?
                    .map(|row| Invitation(row).into())
            }
            Kind::Session => {
                let own = sessions(state(ctx), &who).await?;
                own.into_iter()
                    .find(|row| row.id == key)
                    .map(|row| Session(row).into())
            }
            Kind::Invitation | Kind::Audit => None,
        })
    }
}

/// Builds the schema. What a request needs is put into the request.
#[must_use]
pub fn schema(introspection: bool) -> Schema {
    let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<Node>()
        .register_output_type::<ErrorCode>()
        // The brackets are counted before; the library's own limit is lower.
        .limit_recursive_depth(document::MAX_NESTING);
    let schema = if introspection {
        schema
    } else {
        schema.disable_introspection().disable_suggestions()
    };
    schema.finish()
}

/// What documents and their variables are checked against.
pub fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| {
        Rules::new(&schema(true).sdl()).unwrap_or_else(|_| unreachable!("the schema is SDL"))
    });
    &RULES
}

/// The schema in SDL, sorted: what `schema.graphql` holds.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by();
    schema(true).sdl_with_options(options)
}
