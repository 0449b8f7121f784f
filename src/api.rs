//! The schema, put together out of the domains' roots.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    Context, ContextSelectionSet, Enum, ID, Interface, MergedObject, Object, OutputType,
    Positioned, Result, SDLExportOptions, ServerResult, Value,
};

use crate::domains::audit::graphql::{AuditEntry, AuditQuery};
use crate::domains::auth::ATTEMPTS;
use crate::domains::auth::graphql::{Account, AuthMutation, AuthQuery, Session};
use crate::domains::availability::graphql::{Availability, AvailabilityMutation};
use crate::domains::bookings::graphql::{Assignment, BookingMutation, BookingQuery};
use crate::domains::crew::graphql::{CrewMutation, CrewQuery, User};
use crate::domains::invitations::graphql::{Invitation, InvitationQuery};
use crate::domains::missions::graphql::{Mission, MissionMutation, MissionQuery, MissionRole};
use crate::domains::orgs::graphql::{Org, OrgMembership, OrgMutation, OrgQuery};
use crate::domains::projects::graphql::{Project, ProjectMutation, ProjectQuery};
use crate::error::{AppError, ErrorCode};
use crate::graphql::context::load;
use crate::graphql::execute;
use crate::graphql::execute::by_id::{ById, Lookup};
use crate::graphql::execute::object::implementer;
use crate::graphql::guard::SIGNED_IN;
use crate::graphql::request::Rules;
use crate::ids::{AnyId, Entity};

pub type Schema = execute::Schema<Query, Mutation>;

/// All queries. Every query except `invitation` needs an access token and reads only the organisation of that token.
#[derive(MergedObject, Default)]
pub struct Query(
    AuthQuery,
    OrgQuery,
    CrewQuery,
    ProjectQuery,
    MissionQuery,
    BookingQuery,
    AuditQuery,
    InvitationQuery,
    NodeQuery,
);

/// All mutations. Each that changes something writes an entry of the audit log.
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

/// Declares the objects with a global id: the type `Node`, how each of its types resolves, and how the prefix of an id
/// selects the type. A function cannot make all three from one list.
macro_rules! nodes {
    ($($(#[$doc:meta])* $type:ident,)*) => {
        /// An object with a global id.
        #[derive(Interface)]
        #[graphql(field(name = "id", ty = "ID", desc = "The global id, a TypeID: a prefix for the type, and a key."))]
        pub enum Node {
            $($(#[$doc])* $type(Arc<$type>),)*
        }

        /// Resolves a node as its own type.
        async fn resolve(node: &Node, ctx: &ContextSelectionSet<'_>) -> ServerResult<Value> {
            match node {
                $(Node::$type(node) => implementer(ctx, node).await,)*
            }
        }

        /// The node with an id.
        async fn find(ctx: &Context<'_>, id: &AnyId) -> Result<Option<Node>> {
            match id.prefix() {
                $(<<$type as Lookup>::Of as Entity>::PREFIX => find_one::<$type>(ctx, id).await,)*
                _ => Err(not_an_id().into()),
            }
        }
    };
}

nodes! {
    /// An account.
    Account,
    /// A signed-in device.
    Session,
    /// An organisation.
    Org,
    /// A membership.
    OrgMembership,
    /// A crew member.
    User,
    /// A slot.
    Availability,
    /// A project.
    Project,
    /// A mission.
    Mission,
    /// A role.
    MissionRole,
    /// An assignment.
    Assignment,
    /// An invitation.
    Invitation,
    /// An entry of the audit log.
    AuditEntry,
}

/// A node that resolves as its own type.
struct AnyNode(Node);

impl OutputType for AnyNode {
    fn type_name() -> Cow<'static, str> {
        Node::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Node::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve(&self.0, ctx).await
    }
}

/// The query `node`.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id. Null if there is no such object or if you may not see it.
    #[graphql(guard = SIGNED_IN)]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of any object.")] id: ID,
    ) -> Result<Option<AnyNode>> {
        let id = AnyId::parse(&id).ok_or_else(not_an_id)?;
        let node = find(ctx, &id).await?;
        Ok(node.map(AnyNode))
    }
}

fn not_an_id() -> AppError {
    AppError::bad_input("id", "This is not an id.")
}

async fn find_one<N>(ctx: &Context<'_>, id: &AnyId) -> Result<Option<Node>>
where
    N: Lookup<Of: Entity, Value = N>,
    Node: From<Arc<N>>,
{
    match id.of() {
        Some(id) => Ok(load(ctx, ById::<N>(id)).await?.map(Node::from)),
        None => Ok(None),
    }
}

/// The order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum SortDirection {
    /// The smallest value first.
    Asc,
    /// The largest value first.
    Desc,
}

/// Builds the schema. The data of a request is added to each request, not here.
#[must_use]
pub fn schema(introspection: bool) -> Schema {
    let schema = execute::schema(Query::default(), Mutation::default())
        .register_output_type::<Node>()
        .register_output_type::<ErrorCode>()
        .register_output_type::<SortDirection>();
    let schema = if introspection {
        schema
    } else {
        schema.disable_introspection().disable_suggestions()
    };
    schema.finish()
}

/// The schema as documents and variables are checked against it.
pub fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| {
        Rules::new(&schema(true).sdl(), &ATTEMPTS)
            .unwrap_or_else(|_| unreachable!("the schema is SDL"))
    });
    &RULES
}

/// The schema in SDL, sorted, as in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by();
    schema(true).sdl_with_options(options)
}
