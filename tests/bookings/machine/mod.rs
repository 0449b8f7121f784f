//! The status machine: every state, every action and every kind of actor.

mod table;

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::{assignments, audit_log};
use coulisses_crew::ids::MissionId;
use diesel::prelude::*;
use serde_json::json;

use super::code;
use crate::support::{
    Client, NOW, TestApp, World, accept, decline, instant, key, nobodys, on_each_database,
};
use table::{ACTIONS, ACTORS, Action, Actor, STATES, State, TABLE, expected};

/// The clients of one organisation.
struct Actors {
    person: (Client, String),
    other: Client,
    manager: Client,
    stranger: Client,
}

impl Actors {
    async fn new(world: &World<'_>, others: &World<'_>) -> Self {
        Self {
            person: world.member(Role::Tech).await,
            other: world.member(Role::Tech).await.0,
            manager: world.member(Role::Manager).await.0,
            stranger: others.owner.clone(),
        }
    }

    fn client(&self, app: &TestApp, actor: Actor) -> Client {
        match actor {
            Actor::Person => self.person.0.clone(),
            Actor::Other => self.other.clone(),
            Actor::Manager => self.manager.clone(),
            Actor::Holder => app.client(),
            Actor::Stranger => self.stranger.clone(),
        }
    }
}

/// A mission with a state of one person on it.
struct Case {
    mission: MissionId,
    role: String,
    user: String,
    /// The assignment and its token; those of nobody while there is none.
    id: String,
    token: String,
}

impl Case {
    /// The day is the case's own, so that no two cases overlap.
    async fn new(
        app: &TestApp,
        world: &World<'_>,
        project: &str,
        at: (State, i64),
        user: &str,
    ) -> Self {
        let (state, day) = at;
        let start = instant(NOW) + TimeDelta::days(day);
        let times = (
            start.to_rfc3339(),
            (start + TimeDelta::hours(8)).to_rfc3339(),
        );
        let (mission, role) = world.place(project, (&times.0, &times.1), 1).await;
        let (id, token) = match state {
            State::New => (nobodys(app, "assignment"), "x".to_owned()),
            _ => world.invite(&role, &[user]).await.remove(0),
        };
        match state {
            State::New | State::Invited => {}
            State::Accepted => drop(accept(&world.owner, &token).await.data()),
            State::Declined => drop(decline(&world.owner, &token).await.data()),
            State::Cancelled => drop(Self::send(&world.owner, CANCEL, json!({"id": id})).await),
        }
        Self {
            mission: key(&mission),
            role,
            user: user.to_owned(),
            id,
            token,
        }
    }

    async fn send(client: &Client, query: &str, variables: serde_json::Value) -> String {
        let answer = client.gql(query, variables).await;
        code(&answer).to_owned()
    }

    /// The code of what an action answers.
    async fn act(&self, client: &Client, action: Action) -> String {
        let of_role = json!({"role": self.role, "user": self.user});
        let of_assignment = json!({"id": self.id});
        match action {
            Action::Invite => Self::send(client, INVITE, of_role).await,
            Action::Assign => Self::send(client, ASSIGN, of_role).await,
            Action::Accept => Self::send(client, ACCEPT, of_assignment).await,
            Action::Decline => Self::send(client, DECLINE, of_assignment).await,
            Action::Cancel => Self::send(client, CANCEL, of_assignment).await,
            Action::Resend => Self::send(client, RESEND, of_assignment).await,
            Action::AcceptByToken => code(&accept(client, &self.token).await).to_owned(),
            Action::DeclineByToken => code(&decline(client, &self.token).await).to_owned(),
        }
    }

    /// The statuses of the person's assignments on the mission, oldest first, and how many entries the audit log has.
    async fn stored(&self, app: &TestApp) -> (Vec<String>, i64) {
        let rows = assignments::table
            .filter(assignments::mission_id.eq(self.mission))
            .order(assignments::id)
            .select(assignments::status);
        let read = app.state.db.read(async |conn| {
            let rows = conn.load(rows).await?;
            Ok((rows, conn.one(audit_log::table.count()).await?))
        });
        read.await.expect("rows")
    }
}

const INVITE: &str = "
    mutation($role: ID!, $user: ID!) {
        inviteToMission(input: {roleId: $role, userIds: [$user]}) { warningsTotal }
    }
";

const ASSIGN: &str = "
    mutation($role: ID!, $user: ID!) {
        assignToMission(input: {roleId: $role, userId: $user}) { warningsTotal }
    }
";

const ACCEPT: &str = "
    mutation($id: ID!) { acceptAssignment(input: {id: $id}) { warningsTotal } }
";

const DECLINE: &str = "
    mutation($id: ID!) { declineAssignment(input: {id: $id}) { warningsTotal } }
";

const CANCEL: &str = "
    mutation($id: ID!) { cancelAssignment(input: {id: $id}) { warningsTotal } }
";

const RESEND: &str = "
    mutation($id: ID!) { resendInvitation(input: {assignmentId: $id}) { token } }
";

#[test]
fn the_table_has_one_line_for_each_action_and_actor() {
    let mut cases = 0;
    for action in ACTIONS {
        for actor in ACTORS {
            cases += expected(action, actor).len();
        }
    }
    assert_eq!(cases, STATES.len() * ACTIONS.len() * ACTORS.len());
    let named: usize = TABLE.iter().map(|(_, actors, _)| actors.len()).sum();
    assert_eq!(
        named,
        ACTIONS.len() * ACTORS.len(),
        "a line names an actor too often"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_in_every_state_by_every_actor_does_what_the_table_says() {
    on_each_database(async |app| {
        let (world, others) = (
            World::new(&app, "regie").await,
            World::new(&app, "autre").await,
        );
        let actors = Actors::new(&world, &others).await;
        let project = world.project("P").await;
        let mut day = 10;
        for action in ACTIONS {
            for actor in ACTORS {
                for (state, expected) in STATES.into_iter().zip(expected(action, actor)) {
                    day += 1;
                    let case =
                        Case::new(&app, &world, &project, (state, day), &actors.person.1).await;
                    let (before, entries) = case.stored(&app).await;
                    // Ids are sorted by the time at which they are made.
                    app.state.clock.advance(TimeDelta::milliseconds(1));
                    let answer = case.act(&actors.client(&app, actor), action).await;
                    let (after, entries_after) = case.stored(&app).await;
                    let what = format!("{action:?} by {actor:?} in {state:?}");
                    if answer != "OK" {
                        assert_eq!(answer, expected, "{what}");
                        assert_eq!((&after, entries_after), (&before, entries), "{what}");
                        continue;
                    }
                    assert_eq!(after.last().map(String::as_str), Some(expected), "{what}");
                    let adds = matches!(action, Action::Invite | Action::Assign);
                    assert_eq!(after.len(), before.len() + usize::from(adds), "{what}");
                    let written = match action {
                        // The link before it, and the new one.
                        Action::Resend => 2,
                        _ => i64::from(after != before),
                    };
                    assert_eq!(entries_after - entries, written, "{what}");
                }
            }
        }
    })
    .await;
}
