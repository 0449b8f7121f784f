//! What no id leads to: lists, counts and writes that go by the organisation of the token or by an e-mail address.

use coulisses_crew::access::Role;
use coulisses_crew::domains::auth::service::operator;
use serde_json::{Value, json};

use crate::support::{
    Answer, CREATE_USER, Client, PASSWORD, REMOVE_MEMBER, World, on_each_database,
};

const DAY: (&str, &str) = ("2026-10-10T08:00:00Z", "2026-10-10T18:00:00Z");
const EMAIL: &str = "ada@example.org";

const INVITE: &str = "
    mutation($email: String!) {
        inviteMember(input: {email: $email, role: TECH}) { token }
    }
";

const COUNTS: &str = "
    {
        org { skills tags members { totalCount nodes { account { email } } } }
        users { totalCount }
    }
";

const SWITCH_BETWEEN: &str = "
    mutation($role: ID!, $user: ID!, $org: ID!, $new: CreateMissionInput!) {
        inviteToMission(input: {roleId: $role, userIds: [$user]}) {
            invitations {
                invitation {
                    assignment {
                        mission {
                            project {
                                staffing { needed }
                                missions(first: 300) { totalCount }
                            }
                        }
                    }
                }
            }
        }
        switchOrg(input: {orgId: $org}) { org { name } }
        createMission(input: $new) { mission { project { name staffing { needed } } } }
    }
";

async fn profile(world: &World<'_>, name: &str, email: &str, tag: &str) -> String {
    let input = json!({"displayName": name, "email": email, "skills": [tag], "tags": [tag]});
    let answer = world.owner.gql(CREATE_USER, json!({"input": input})).await;
    answer.str("/data/createUser/user/id").to_owned()
}

async fn invite(world: &World<'_>) -> String {
    let answer = world.owner.gql(INVITE, json!({"email": EMAIL})).await;
    answer.str("/data/inviteMember/token").to_owned()
}

async fn join(client: &Client, token: &str) -> Answer {
    let join = "mutation($input: JoinOrgInput!) { joinOrg(input: $input) { accessToken } }";
    let input = json!({"token": token, "password": PASSWORD, "displayName": "Ada"});
    client.gql(join, json!({"input": input})).await
}

async fn own_profile(client: &Client) -> Value {
    client.query("{ myProfile { id } }").await.data()["myProfile"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_counts_show_nothing_of_another_organisation() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        other.member(Role::Manager).await;
        let own = profile(&world, "Léa", "lea@example.org", "ours").await;
        profile(&other, "Zoé", "zoe@example.org", "theirs").await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let answer = world.owner.query(COUNTS).await;
        let members =
            json!({"totalCount": 1, "nodes": [{"account": {"email": "owner@regie.example"}}]});
        let org = json!({"skills": ["ours"], "tags": ["ours"], "members": members});
        assert_eq!(
            answer.data(),
            &json!({"org": org, "users": {"totalCount": 1}})
        );
        let found = world
            .owner
            .gql(
                "query($id: ID!) { candidates(roleId: $id) { user { id } } }",
                json!({"id": role}),
            )
            .await;
        assert_eq!(found.data()["candidates"], json!([{"user": {"id": own}}]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_in_two_organisations_is_two_profiles() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let here = profile(&world, "Ada", EMAIL, "x").await;
        let there = profile(&other, "Ada", EMAIL, "x").await;
        // An invitation here leaves the one there as it is.
        let earlier = invite(&other).await;
        let invited = invite(&world).await;
        let mut ada = app.client();
        let joined = join(&ada, &invited).await;
        ada.sign_in(&joined, "joinOrg");
        let linked =
            "query($id: ID!) { user(id: $id) { account { memberships { org { name } } } } }";
        let unlinked = other.owner.gql(linked, json!({"id": there})).await;
        assert_eq!(unlinked.data()["user"]["account"], Value::Null);
        assert_eq!(own_profile(&ada).await, json!(here));

        let joined = join(&ada, &earlier).await;
        let token = joined.str("/data/joinOrg/accessToken").to_owned();
        let ada_there = Client {
            token: Some(token),
            ..ada.clone()
        };
        assert_eq!(own_profile(&ada_there).await, json!(there));
        assert_eq!(own_profile(&ada).await, json!(here));
        // Of somebody else one sees the membership in one's own organisation.
        let seen = world.owner.gql(linked, json!({"id": here})).await;
        let memberships = json!([{"org": {"name": "regie"}}]);
        assert_eq!(seen.data()["user"]["account"]["memberships"], memberships);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_another_organisation_is_no_owner_of_this_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        World::new(&app, "autre").await;
        let answer = world.owner.query("{ me { memberships { id } } }").await;
        let id = answer.at("/data/me/memberships/0/id");
        assert_eq!(
            world
                .owner
                .gql(REMOVE_MEMBER, json!({"id": id}))
                .await
                .code(),
            "LAST_OWNER"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_ones_sessions_is_nobody_elses() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let ended = operator::revoke_sessions(&app.state, "owner@regie.example").await;
        assert_eq!(ended.expect("a count"), 1);
        assert_eq!(
            world.owner.query("{ me { id } }").await.code(),
            "UNAUTHENTICATED"
        );
        other.owner.query("{ me { id } }").await.data();
    })
    .await;
}

/// A field that failed leaves loaders behind that others waited for. Whoever is signed in afterwards does not read with
/// the rights of who was before.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_after_switching_is_read_in_the_new_organisation() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world.place(&world.project("Here").await, DAY, 1).await;
        let create = "mutation { createOrg(input: {name: \"second\"}) { org { id } } }";
        let made = world.owner.query(create).await;
        let second = made.str("/data/createOrg/org/id");
        let mut there = world.owner.clone();
        let switch = "mutation($id: ID!) { switchOrg(input: {orgId: $id}) { accessToken } }";
        let switched = there.gql(switch, json!({"id": second})).await;
        there.sign_in(&switched, "switchOrg");
        let create = "mutation { createProject(input: {name: \"There\"}) { project { id } } }";
        let made = there.query(create).await;
        let project = made.str("/data/createProject/project/id");

        // `missions` fails at once, while `staffing` waits; null stops at the invitation's `assignment`.
        let roles = json!([{"name": "Rigger", "quantity": 4}]);
        let mission =
            json!({"title": "Load-in", "startsAt": DAY.0, "endsAt": DAY.1, "roles": roles});
        let variables = json!({
            "role": role,
            "user": lea,
            "org": second,
            "new": {"projectId": project, "mission": mission},
        });
        let answer = world.owner.gql(SWITCH_BETWEEN, variables).await;
        assert_eq!(answer.field(), "first");
        let project = answer.at("/data/createMission/mission/project");
        assert_eq!(
            project,
            &json!({"name": "There", "staffing": {"needed": 4}})
        );
    })
    .await;
}
