//! Mail about missions: what is told to whom, and that it arrives.

mod again;
mod allowances;
mod calendar;
mod moving;
mod senders;
mod sending;
mod together;
mod told;
mod unsure;

use chrono::TimeDelta;
use coulisses_crew::db::Conn;
use coulisses_crew::db::schema::{assignments, outbox, users};
use coulisses_crew::domains::assignments::model::{Assignment, AssignmentStatus, OpenOf};
use coulisses_crew::domains::assignments::service::{cancel_within, open_within};
use coulisses_crew::domains::audit::service::Action;
use coulisses_crew::error::Result;
use coulisses_crew::ids::{AccountId, MissionId, OrgId, UserId};
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Post, Sent, TestApp, World, as_server, backends, instant, key};

/// When the mission of the tests takes place: five weeks after they begin.
const TIMES: (&str, &str) = ("2026-10-10T08:00:00Z", "2026-10-10T18:00:00Z");

const RESCHEDULE: &str = "
    mutation($input: RescheduleMissionInput!) {
        rescheduleMission(input: $input) { applied }
    }
";

/// A stage with a mission, a place on it, and Léa, who has an address.
pub struct Stage<'a> {
    pub app: &'a TestApp,
    pub post: &'a Post,
    pub world: World<'a>,
    pub project: String,
    pub mission: String,
    pub role: String,
    pub lea: String,
    owner: AccountId,
}

impl<'a> Stage<'a> {
    async fn new(app: &'a TestApp, post: &'a Post) -> Self {
        let world = World::new(app, "regie").await;
        let project = world.project("Tournée").await;
        let (mission, role) = world.place(&project, TIMES, 3).await;
        let lea = world.user("Léa", &[]).await;
        write_to(app, &lea, "lea@crew.example").await;
        let me = world.owner.query("{ me { id } }").await;
        let owner = key(me.str("/data/me/id"));
        Self {
            app,
            post,
            world,
            project,
            mission,
            role,
            lea,
            owner,
        }
    }

    /// Invites somebody, and sends the mail. The token of its link is that of the answer.
    async fn invited(&self, user: &str) -> (String, String) {
        let invited = self.world.invite(&self.role, &[user]).await.remove(0);
        let mails = self.post.deliver(self.app).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(mails[0].token(), Some(&*invited.1));
        self.later(1);
        invited
    }

    fn later(&self, seconds: i64) {
        self.app.state.clock.advance(TimeDelta::seconds(seconds));
    }

    /// What is sent when the two minutes after a change are over. A second earlier nothing is.
    async fn told(&self) -> Vec<Sent> {
        self.told_in(120).await
    }

    /// What is sent in so many seconds. A second earlier nothing is.
    async fn told_in(&self, seconds: i64) -> Vec<Sent> {
        self.later(seconds - 1);
        let early = self.post.deliver(self.app).await;
        assert!(early.is_empty(), "{early:?}");
        self.later(1);
        self.post.deliver(self.app).await
    }

    /// Runs a transaction as the owner or, with a crew member, as that person.
    async fn act<T>(
        &self,
        person: Option<&str>,
        work: impl AsyncFnOnce(&mut Conn, Action<'_>) -> Result<T> + Clone,
    ) -> T {
        let (state, org_id) = (as_server(self.app), key::<OrgId>(&self.world.org_id));
        let now = state.clock.now();
        let actor = person.is_none().then_some(self.owner);
        let mut action = Action::new(org_id, actor, "test", now, &state.random);
        action.user_id = person.map(key::<UserId>);
        let db = state.db.within(org_id);
        let done = db.write(async |conn| work.clone()(conn, action).await);
        done.await.expect("a transaction")
    }

    /// Cancels what is open on the mission.
    async fn cancel(&self, person: Option<&str>) {
        self.act(person, async |conn, action| {
            let open = self.open(conn, action.org_id).await?;
            cancel_within(conn, action, open, Some("orage: voir http://meteo.example")).await
        })
        .await;
    }

    /// Gives all assignments of the mission a status, behind the API's back.
    async fn reopen(&self, status: AssignmentStatus) {
        let rows =
            assignments::table.filter(assignments::mission_id.eq(key::<MissionId>(&self.mission)));
        let change = diesel::update(rows).set(assignments::status.eq(status));
        let write = self
            .app
            .state
            .db
            .write(async |conn| conn.execute(change).await);
        assert_eq!(write.await.expect("an update"), 1);
    }

    /// Moves the mission: within the old time everybody is kept, otherwise everybody is asked again.
    async fn move_to(&self, (from, to): (&str, &str)) {
        let input = json!({"id": self.mission, "startsAt": from, "endsAt": to});
        let moved = self
            .world
            .owner
            .gql(RESCHEDULE, json!({"input": input}))
            .await;
        assert_eq!(moved.at("/data/rescheduleMission/applied"), true);
    }

    async fn open(&self, conn: &mut Conn, org_id: OrgId) -> Result<Vec<Assignment>> {
        open_within(conn, org_id, &OpenOf::Mission(key(&self.mission))).await
    }
}

/// Invites somebody to a mission of its own, so many days after the end of September. Returns the token of the link.
async fn invite_to(stage: &Stage<'_>, person: &str, day: i64) -> String {
    let shift = TimeDelta::days(day - 10);
    let [from, to] = [TIMES.0, TIMES.1].map(|at| (instant(at) + shift).to_rfc3339());
    let (_, role) = stage.world.place(&stage.project, (&from, &to), 1).await;
    stage.world.invite(&role, &[person]).await.remove(0).1
}

/// What waits, and what was given up, with the number of attempts.
async fn rows(app: &TestApp) -> Vec<(bool, i32)> {
    let rows = outbox::table.select((outbox::due_at.is_not_null(), outbox::attempts));
    let read = app.state.db.read(async |conn| conn.load(rows).await);
    read.await.expect("the outbox")
}

fn refuse(stage: &Stage<'_>, with: Option<&'static str>) {
    *stage.post.server.refusal.lock().expect("nobody panicked") = with;
}

/// Gives a crew member an address.
async fn write_to(app: &TestApp, user: &str, email: &str) {
    let row = users::table.filter(users::id.eq(key::<UserId>(user)));
    let change = diesel::update(row).set(users::email.eq(email.to_owned()));
    let write = app.state.db.write(async |conn| conn.execute(change).await);
    assert_eq!(write.await.expect("an update"), 1);
}

/// Runs a test on each database, with a mail server.
async fn on_stage(settings: &[(&str, &str)], test: impl AsyncFn(Stage<'_>)) {
    for backend in backends() {
        println!("--- on {backend:?}");
        let post = Post::start().await;
        let mut all = vec![
            post.setting(),
            ("APP_URL", "https://app.coulisses.example"),
            ("MAIL_FROM", "Coulisses Crew <crew@coulisses.example>"),
        ];
        all.extend(settings);
        let app = TestApp::with(backend, &all).await;
        test(Stage::new(&app, &post).await).await;
    }
}
