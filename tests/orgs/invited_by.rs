//! An invitation to join is as good as whoever made it is when it is used.

use coulisses_crew::access::Role;
use serde_json::json;

use crate::support::{Answer, Client, LOGIN, PASSWORD, REMOVE_MEMBER, World, on_each_database};

const ADA: &str = "ada@example.org";

const INVITE: &str = "
    mutation($email: String!, $role: Role!) {
        inviteMember(input: {email: $email, role: $role}) { token }
    }
";

const JOIN: &str = "
    mutation($input: JoinOrgInput!) {
        joinOrg(input: $input) { role }
    }
";

const STATUS: &str = "
    query($token: String!) { invitation(token: $token) { status } }
";

const SET_ROLE: &str = "
    mutation($id: ID!, $role: Role!) {
        setMemberRole(input: {membershipId: $id, role: $role}) { membership { role } }
    }
";

async fn token(maker: &Client, email: &str, role: Role) -> String {
    let variables = json!({"email": email, "role": role.as_str()});
    let answer = maker.gql(INVITE, variables).await;
    answer.str("/data/inviteMember/token").to_owned()
}

async fn join(client: &Client, token: &str) -> Answer {
    let input = json!({"token": token, "password": PASSWORD, "displayName": "Ada"});
    client.gql(JOIN, json!({"input": input})).await
}

async fn status(client: &Client, token: &str) -> String {
    let answer = client.gql(STATUS, json!({"token": token})).await;
    answer.str("/data/invitation/status").to_owned()
}

async fn membership(client: &Client) -> String {
    let answer = client.query("{ me { memberships { id } } }").await;
    answer.str("/data/me/memberships/0/id").to_owned()
}

async fn set_role(world: &World<'_>, id: &str, role: Role) {
    let variables = json!({"id": id, "role": role.as_str()});
    world.owner.gql(SET_ROLE, variables).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_of_somebody_who_was_removed_is_worth_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (admin, _) = world.member(Role::Admin).await;
        let token = token(&admin, ADA, Role::Admin).await;
        let nobody = app.client();
        assert_eq!(status(&nobody, &token).await, "PENDING");
        let id = membership(&admin).await;
        let removed = world.owner.gql(REMOVE_MEMBER, json!({"id": id})).await;
        removed.data();

        assert_eq!(status(&nobody, &token).await, "REVOKED");
        let refused = join(&nobody, &token).await;
        assert_eq!(refused.error(), ("INVALID_TOKEN", "token"));
        // No account was made on the way.
        let login = json!({"email": ADA, "password": PASSWORD});
        let login = nobody.gql(LOGIN, login).await;
        assert_eq!(login.code(), "INVALID_CREDENTIALS");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_good_while_its_maker_could_make_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (maker, _) = world.member(Role::Owner).await;
        let id = membership(&maker).await;
        let nobody = app.client();
        for (email, invited_as, maker_is, good) in [
            ("a@example.org", Role::Owner, Role::Owner, true),
            ("b@example.org", Role::Owner, Role::Admin, false),
            ("c@example.org", Role::Admin, Role::Admin, true),
            ("d@example.org", Role::Admin, Role::Manager, false),
            // Nobody below ADMIN invites at all.
            ("e@example.org", Role::Tech, Role::Manager, false),
            ("f@example.org", Role::Tech, Role::Tech, false),
        ] {
            set_role(&world, &id, Role::Owner).await;
            let token = token(&maker, email, invited_as).await;
            set_role(&world, &id, maker_is).await;
            let shown = status(&nobody, &token).await;
            assert_eq!(shown, if good { "PENDING" } else { "REVOKED" }, "{email}");
            let joined = join(&nobody, &token).await;
            if good {
                assert_eq!(joined.data()["joinOrg"]["role"], invited_as.as_str());
            } else {
                assert_eq!(joined.error(), ("INVALID_TOKEN", "token"), "{email}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_account_cannot_join_by_an_invitation_of_somebody_removed() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let (admin, _) = world.member(Role::Admin).await;
        let token = token(&admin, "owner@autre.example", Role::Admin).await;
        let id = membership(&admin).await;
        // An admin may leave by themselves, too.
        admin.gql(REMOVE_MEMBER, json!({"id": id})).await.data();
        let refused = join(&other.owner, &token).await;
        assert_eq!(refused.error(), ("INVALID_TOKEN", "token"));
        let members = "{ org { members { totalCount } } }";
        let members = world.owner.query(members).await;
        assert_eq!(members.data()["org"]["members"]["totalCount"], 1);
    })
    .await;
}
