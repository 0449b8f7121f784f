//! A client whose types are made from the schema when it is compiled (`graphql_client`): what an answer may not hold, it
//! cannot decode.

use coulisses_crew::access::Role;
use graphql_client::{GraphQLQuery, Response};
use serde_json::json;

use crate::support::{Client, World, on_each_database};

/// RFC 3339.
type DateTime = String;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "tests/clients/typed_client.graphql",
    response_derives = "Debug, PartialEq"
)]
struct Team;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "tests/clients/typed_client.graphql",
    response_derives = "Debug, PartialEq"
)]
struct Members;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "tests/clients/typed_client.graphql",
    variables_derives = "Default"
)]
struct CreateUser;

/// Sends an operation, and decodes what comes back.
async fn send<Q: GraphQLQuery>(
    client: &Client,
    variables: Q::Variables,
) -> Response<Q::ResponseData> {
    let body = json!(Q::build_query(variables));
    let answer = client.post_graphql(&body.to_string()).await;
    serde_json::from_value(answer.body).expect("an answer of the schema's types")
}

/// A person of the crew.
async fn create(owner: &Client, name: &str) {
    let input = create_user::CreateUserInput {
        display_name: name.to_owned(),
        skills: Some(vec!["rigging".to_owned()]),
        ..Default::default()
    };
    let answer = send::<CreateUser>(owner, create_user::Variables { input }).await;
    let user = answer.data.expect("data").create_user.user;
    assert_eq!(
        (user.display_name.as_str(), user.skills),
        (name, vec!["rigging".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_types_decode_an_ordinary_answer() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        create(&world.owner, "Ada").await;
        let filter = team::UserFilter {
            search: Some("ad".to_owned()),
            skills: None,
            tags: None,
            include_archived: None,
        };
        let variables = team::Variables {
            first: 5,
            filter: Some(filter),
        };
        let answer = send::<Team>(&world.owner, variables).await;
        assert_eq!(answer.errors, None);
        let data = answer.data.expect("data");
        assert_eq!(
            (data.org.name.as_str(), data.my_role),
            ("regie", team::Role::OWNER)
        );
        assert_eq!(data.me.memberships[0].role, team::Role::OWNER);
        assert_eq!(data.users.total_count, 1);
        let ada = &data.users.nodes[0];
        assert_eq!(
            (ada.display_name.as_str(), &ada.email, &ada.archived_at),
            ("Ada", &None, &None)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_types_decode_a_refused_field_with_the_error_beside_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let answer = send::<Members>(&tech, members::Variables).await;
        let org = answer.data.expect("data").org;
        assert_eq!((org.name.as_str(), org.members), ("regie", None));
        let errors = answer.errors.expect("an error");
        let codes: Vec<_> = errors
            .iter()
            .map(|error| &error.extensions.as_ref().expect("extensions")["code"])
            .collect();
        assert_eq!(codes, [&json!("FORBIDDEN")]);
        let path = errors[0].path.as_ref().map(|steps| json!(steps));
        assert_eq!(path, Some(json!(["org", "members"])));

        let answer = send::<Members>(&world.owner, members::Variables).await;
        assert_eq!(answer.errors, None);
        let members = answer.data.expect("data").org.members.expect("members");
        assert_eq!(members.total_count, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_types_decode_an_answer_without_data() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        // The list is never null, so nothing is left.
        let variables = team::Variables {
            first: 500,
            filter: None,
        };
        let answer = send::<Team>(&world.owner, variables).await;
        assert!(answer.data.is_none());
        let errors = answer.errors.expect("an error");
        assert_eq!(errors.len(), 1);
        let path = errors[0].path.as_ref().map(|steps| json!(steps));
        assert_eq!(path, Some(json!(["users"])));
    })
    .await;
}
