//! The list of invitations: newest first, by their present status.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use serde_json::{Value, json};

use crate::support::{
    Client, REMOVE_MEMBER, World, accept, decline, hour, on_each_database, on_each_database_with,
};

const LIST: &str = "
    query($status: [InvitationStatus!]) {
        invitations(filter: {status: $status}) {
            totalCount
            nodes { id status email role assignment { user { displayName } } }
        }
    }
";

const INVITE: &str = "
    mutation($email: String!, $role: Role!) {
        inviteMember(input: {email: $email, role: $role}) { invitation { id } }
    }
";

const REVOKE: &str = "
    mutation($id: ID!) { revokeInvitation(input: {id: $id}) { invitation { id } } }
";

/// The statuses, each with the person or the address that is invited.
async fn list(client: &Client, status: Value) -> Vec<(String, String)> {
    let answer = client.gql(LIST, json!({"status": status})).await;
    let list = &answer.data()["invitations"];
    let nodes = list["nodes"].as_array().expect("a list");
    assert_eq!(list["totalCount"], nodes.len());
    let shown = |row: &Value| {
        let name = row
            .pointer("/assignment/user/displayName")
            .unwrap_or(&row["email"]);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(&row["status"]), text(name))
    };
    nodes.iter().map(shown).collect()
}

async fn invite_member(client: &Client, email: &str, role: &str) -> String {
    let answer = client
        .gql(INVITE, json!({"email": email, "role": role}))
        .await;
    answer.str("/data/inviteMember/invitation/id").to_owned()
}

fn rows(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(one, other): &(&str, &str)| ((*one).to_owned(), (*other).to_owned());
    of.iter().map(owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_listed_newest_first_and_filtered_by_their_present_status() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (admin, _) = world.member(Role::Admin).await;
        let project = world.project("P").await;
        let mut people = Vec::new();
        for name in ["ann", "bob", "cleo", "dan"] {
            people.push(world.user(name, &[]).await);
        }
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let far = (&*hour(500), &*hour(501));
        let (_, role) = world.place(&project, far, 4).await;
        let later = || app.state.clock.advance(TimeDelta::seconds(1));
        let mut tokens = Vec::new();
        for person in &people[..3] {
            tokens.push(world.invite(&role, &[person]).await.remove(0).1);
            later();
        }
        accept(&app.client(), &tokens[0]).await.data();
        decline(&app.client(), &tokens[1]).await.data();
        // The link of this one ends when the mission starts.
        let (_, soon) = world.place(&project, (&*hour(1), &*hour(2)), 1).await;
        world.invite(&soon, &people[3..]).await;
        later();
        let revoked = invite_member(&world.owner, "eve@example.org", "TECH").await;
        world.owner.gql(REVOKE, json!({"id": revoked})).await.data();
        later();
        invite_member(&world.owner, "fay@example.org", "ADMIN").await;
        later();
        // Their maker goes away below.
        invite_member(&admin, "gus@example.org", "TECH").await;
        let me = admin.query("{ me { memberships { id } } }").await;
        let membership = me.str("/data/me/memberships/0/id");
        let removed = world
            .owner
            .gql(REMOVE_MEMBER, json!({"id": membership}))
            .await;
        removed.data();
        app.state.clock.advance(TimeDelta::hours(1));
        let owner = world.login("owner@regie.example").await;

        let all = [
            ("REVOKED", "gus@example.org"),
            ("PENDING", "fay@example.org"),
            ("REVOKED", "eve@example.org"),
            ("EXPIRED", "dan"),
            ("PENDING", "cleo"),
            ("DECLINED", "bob"),
            ("ACCEPTED", "ann"),
        ];
        assert_eq!(list(&owner, Value::Null).await, rows(&all));
        for statuses in [
            &["PENDING"][..],
            &["EXPIRED"],
            &["ACCEPTED"],
            &["DECLINED"],
            &["REVOKED"],
            &["PENDING", "EXPIRED"],
            &["ACCEPTED", "DECLINED"],
            &["REVOKED", "ACCEPTED", "DECLINED"],
            &["PENDING", "ACCEPTED", "DECLINED", "REVOKED", "EXPIRED"],
            &[],
        ] {
            let expected: Vec<_> = all
                .into_iter()
                .filter(|row| statuses.contains(&row.0))
                .collect();
            assert_eq!(
                list(&owner, json!(statuses)).await,
                rows(&expected),
                "{statuses:?}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_expires_at_its_end_and_not_a_microsecond_before() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let ann = world.user("ann", &[]).await;
        let times = (&*hour(1), &*hour(2));
        let (_, role) = world.place(&world.project("P").await, times, 1).await;
        world.invite(&role, &[&ann]).await;
        let micro = TimeDelta::microseconds(1);
        app.state.clock.advance(TimeDelta::hours(1) - micro);
        let owner = world.login("owner@regie.example").await;
        assert_eq!(
            list(&owner, json!(["PENDING"])).await,
            rows(&[("PENDING", "ann")])
        );
        assert_eq!(list(&owner, json!(["EXPIRED"])).await, []);
        app.state.clock.advance(micro);
        assert_eq!(list(&owner, json!(["PENDING"])).await, []);
        assert_eq!(
            list(&owner, json!(["EXPIRED"])).await,
            rows(&[("EXPIRED", "ann")])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_invitation_is_pending_until_its_end() {
    on_each_database_with(&[("INVITATION_DAYS", "365")], async |app| {
        let world = World::new(&app, "regie").await;
        let eve = "eve@example.org";
        invite_member(&world.owner, eve, "TECH").await;
        let shown = async |status: &str| {
            let owner = world.login("owner@regie.example").await;
            list(&owner, json!([status])).await
        };
        let clock = &app.state.clock;
        clock.advance(TimeDelta::days(365) - TimeDelta::microseconds(1));
        assert_eq!(shown("PENDING").await, rows(&[("PENDING", eve)]));
        assert_eq!(shown("EXPIRED").await, []);
        clock.advance(TimeDelta::microseconds(1));
        assert_eq!(shown("PENDING").await, []);
        assert_eq!(shown("EXPIRED").await, rows(&[("EXPIRED", eve)]));
    })
    .await;
}
