//! Archiving crew members.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::{assignments, invitations};
use coulisses_crew::ids::{AssignmentId, UserId};
use diesel::prelude::*;
use serde_json::json;

use crate::support::{
    ARCHIVE_USER, Answer, CREATE_USER, Client, NOW, REMOVE_MEMBER, TestApp, World, accept, audit,
    decline, hour, key, nobodys, on_each_database, refused,
};

const INVITE_MEMBER: &str = "
    mutation($email: String!) { inviteMember(input: {email: $email, role: TECH}) { token } }
";

const JOIN: &str = "
    mutation($token: String!) {
        joinOrg(input: {token: $token}) { accessToken account { id } }
    }
";

const OWNER: &str = "owner@regie.example";

pub(super) async fn archive(client: &Client, id: &str, cancel_future: bool) -> Answer {
    let input = json!({"id": id, "cancelFuture": cancel_future});
    client.gql(ARCHIVE_USER, json!({"input": input})).await
}

/// Invites somebody to a mission that starts in so many hours: the assignment and its token.
pub(super) async fn invite(
    world: &World<'_>,
    project: &str,
    user: &str,
    hours: i64,
) -> (String, String) {
    let times = (&*hour(hours), &*hour(hours + 4));
    let (_, role) = world.place(project, times, 2).await;
    world.invite(&role, &[user]).await.remove(0)
}

/// The status of an assignment and of its invitation.
pub(super) async fn statuses(app: &TestApp, id: &str) -> (String, String) {
    let id: AssignmentId = key(id);
    let read = app.state.db.read(async |conn| {
        let status = assignments::table
            .filter(assignments::id.eq(id))
            .select(assignments::status);
        let invitation = invitations::table
            .filter(invitations::assignment_id.eq(id))
            .select(invitations::status);
        Ok((conn.one(status).await?, conn.one(invitation).await?))
    });
    read.await.expect("an assignment")
}

fn pair(status: &str, invitation: &str) -> (String, String) {
    (status.to_owned(), invitation.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_archived_is_not_booked_any_more_and_keeps_their_history() {
    on_each_database(async |app| {
        let mut world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let lea = world.user("Léa", &[]).await;
        let (past, token) = invite(&world, &project, &lea, 1).await;
        accept(&app.client(), &token).await.data();
        let (declined, token) = invite(&world, &project, &lea, 40).await;
        decline(&app.client(), &token).await.data();
        app.state.clock.advance(TimeDelta::hours(30));
        world.owner = world.login(OWNER).await;

        let answer = archive(&world.owner, &lea, false).await;
        assert_eq!(
            answer.data()["archiveUser"]["user"],
            json!({"id": lea, "archivedAt": hour(30), "version": 2})
        );
        assert_eq!(statuses(&app, &past).await, pair("ACCEPTED", "ACCEPTED"));
        assert_eq!(
            statuses(&app, &declined).await,
            pair("DECLINED", "DECLINED")
        );
        let (_, role) = world.place(&project, (&hour(50), &hour(51)), 1).await;
        refused(
            &world.try_invite(&role, &[&lea]).await,
            "BAD_USER_INPUT",
            "userIds",
        );
        let entries = audit(&app, "archiveUser").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].changes, json!({"archivedAt": [null, hour(30)]}));

        // Again: nothing more.
        app.state.clock.advance(TimeDelta::minutes(1));
        for cancel_future in [false, true] {
            let again = archive(&world.owner, &lea, cancel_future).await;
            assert_eq!(again.data(), answer.data());
        }
        assert_eq!(audit(&app, "archiveUser").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn future_assignments_keep_somebody_from_being_archived_unless_they_are_cancelled() {
    on_each_database(async |app| {
        let mut world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let client = app.client();
        let (started, token) = invite(&world, &project, &lea, 10).await;
        accept(&client, &token).await.data();
        let (accepted, token) = invite(&world, &project, &lea, 20).await;
        accept(&client, &token).await.data();
        let (invited, open) = invite(&world, &project, &lea, 30).await;
        let (others, _) = invite(&world, &project, &max, 30).await;
        let start = TimeDelta::hours(10);

        // A mission is in the future until it starts.
        app.state.clock.advance(start - TimeDelta::microseconds(1));
        world.owner = world.login(OWNER).await;
        let answer = archive(&world.owner, &lea, false).await;
        assert_eq!(answer.code(), "IN_USE");
        assert_eq!(answer.at("/errors/0/extensions/dependents"), 3);
        app.state.clock.advance(TimeDelta::microseconds(1));
        let answer = archive(&world.owner, &lea, false).await;
        assert_eq!(answer.at("/errors/0/extensions/dependents"), 2);
        assert!(audit(&app, "archiveUser").await.is_empty());

        archive(&world.owner, &lea, true).await.data();
        assert_eq!(statuses(&app, &started).await, pair("ACCEPTED", "ACCEPTED"));
        assert_eq!(
            statuses(&app, &accepted).await,
            pair("CANCELLED", "REVOKED")
        );
        assert_eq!(statuses(&app, &invited).await, pair("CANCELLED", "REVOKED"));
        assert_eq!(statuses(&app, &others).await, pair("INVITED", "PENDING"));
        assert_eq!(accept(&client, &open).await.code(), "INVALID_TOKEN");
        let entries = audit(&app, "archiveUser").await;
        let of = |kind: &str| {
            entries
                .iter()
                .filter(|entry| entry.entity_type == kind)
                .count()
        };
        assert_eq!((of("User"), of("Assignment")), (1, 2), "{entries:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_persons_address_is_free_and_their_membership_stays() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, own) = world.member(Role::Tech).await;
        let lea = json!({"displayName": "Léa", "email": "lea@crew.example"});
        let made = world.owner.gql(CREATE_USER, json!({"input": lea})).await;
        archive(&world.owner, made.str("/data/createUser/user/id"), false)
            .await
            .data();
        world
            .owner
            .gql(CREATE_USER, json!({"input": lea}))
            .await
            .data();

        archive(&world.owner, &own, false).await.data();
        let me = tech.query("{ myRole myProfile { id archivedAt } }").await;
        assert_eq!(
            me.data(),
            &json!({"myRole": "TECH", "myProfile": {"id": own, "archivedAt": NOW}})
        );
        let listed = "{ users(filter: {search: \"tech\"}) { totalCount } }";
        assert_eq!(
            world.owner.query(listed).await.data()["users"]["totalCount"],
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_archived_and_comes_back_gets_their_new_profile() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, old) = world.member(Role::Tech).await;
        let me = tech.query("{ me { email memberships { id } } }").await;
        archive(&world.owner, &old, false).await.data();
        let membership = json!({"id": me.str("/data/me/memberships/0/id")});
        world.owner.gql(REMOVE_MEMBER, membership).await.data();

        let email = me.str("/data/me/email");
        let again = json!({"displayName": "Léa", "email": email});
        let made = world.owner.gql(CREATE_USER, json!({"input": again})).await;
        let new = made.str("/data/createUser/user/id");
        let invited = world
            .owner
            .gql(INVITE_MEMBER, json!({"email": email}))
            .await;
        let token = invited.str("/data/inviteMember/token");
        let mut back = tech.clone();
        let joined = back.gql(JOIN, json!({"token": token})).await;
        back.sign_in(&joined, "joinOrg");
        let mine = back.query("{ myProfile { id version } }").await;
        assert_eq!(mine.data()["myProfile"], json!({"id": new, "version": 2}));

        let entries = audit(&app, "joinOrg").await;
        let changes = |id: &str| {
            let id = key::<UserId>(id).uuid();
            let of = entries.iter().find(|entry| entry.entity_id == id);
            of.expect("an entry").changes.clone()
        };
        let account = joined.str("/data/joinOrg/account/id");
        assert_eq!(changes(&old), json!({"account": [account, null]}));
        assert_eq!(changes(new), json!({"account": [null, account]}));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_or_above_archives_and_nobody_of_another_organisation() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (tech, own) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        let theirs = other.user("Zoé", &[]).await;
        for id in [&own, &theirs] {
            assert_eq!(archive(&tech, id, true).await.code(), "FORBIDDEN");
            assert_eq!(
                archive(&app.client(), id, true).await.code(),
                "UNAUTHENTICATED"
            );
        }
        let missing = nobodys(&app, UserId::PREFIX);
        for id in [&theirs, &missing] {
            refused(&archive(&world.owner, id, true).await, "NOT_FOUND", "id");
        }
        assert!(audit(&app, "archiveUser").await.is_empty());
        archive(&manager, &own, false).await.data();
    })
    .await;
}
