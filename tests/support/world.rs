//! Builders: an organisation with people and something to plan.

use std::str::FromStr;

use coulisses_crew::access::Role;
use coulisses_crew::crypto::Asker;
use coulisses_crew::db::schema::{accounts, org_memberships, users};
use coulisses_crew::domains::crew::model::User;
use coulisses_crew::domains::orgs::model::Membership;
use coulisses_crew::error::AppError;
use coulisses_crew::ids::{AccountId, OrgId, UserId};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{Answer, CREATE_PROJECT, CREATE_USER, Client, LOGIN, TestApp};

const SIGN_UP: &str = "
    mutation($input: SignUpInput!) {
        signUp(input: $input) { accessToken org { id } }
    }
";

const CREATE_MISSION: &str = "
    mutation($input: CreateMissionInput!) {
        createMission(input: $input) { mission { id version roles { id } } }
    }
";

const INVITE: &str = "
    mutation($input: InviteToMissionInput!) {
        inviteToMission(input: $input) {
            invitations {
                token
                assignment { id status user { id } }
                invitation { id status expiresAt }
            }
            warnings { code message user { id } assignment { id } }
        }
    }
";

const ACCEPT: &str = "
    mutation($token: String!) {
        acceptInvitation(input: {token: $token}) {
            status
            invitation { status mission { title } }
        }
    }
";

const DECLINE: &str = r#"
    mutation($token: String!) {
        declineInvitation(input: {token: $token, reason: "busy"}) {
            status
            invitation { status }
        }
    }
"#;

/// A password that is good enough.
pub const PASSWORD: &str = "correct horse battery staple";

/// An organisation, seen by its owner.
pub struct World<'a> {
    app: &'a TestApp,
    /// The owner.
    pub owner: Client,
    /// The organisation.
    pub org_id: String,
    name: String,
}

impl<'a> World<'a> {
    /// Signs up somebody with a new organisation.
    pub async fn new(app: &'a TestApp, name: &str) -> Self {
        let mut owner = app.client();
        let input = json!({
            "email": format!("owner@{name}.example"),
            "password": PASSWORD,
            "displayName": "Olive Owner",
            "orgName": name,
        });
        let answer = owner.gql(SIGN_UP, json!({"input": input})).await;
        owner.sign_in(&answer, "signUp");
        let org_id = answer.str("/data/signUp/org/id").to_owned();
        Self {
            app,
            owner,
            org_id,
            name: name.to_owned(),
        }
    }

    /// Somebody else who belongs to the organisation, signed in, with a crew profile.
    pub async fn member(&self, role: Role) -> (Client, String) {
        let state = &self.app.state;
        let (now, org_id) = (state.clock.now(), key::<OrgId>(&self.org_id));
        let email = format!(
            "{}@{}.example",
            state.random.id::<User>(now).uuid(),
            self.name
        );
        let queued = state.passwords.queue_known(Asker::Operator);
        let hash = queued.expect("a place").hash(PASSWORD.to_owned()).await;
        let hash = hash.expect("a hash");
        let account_id: AccountId = state.random.id(now);
        let user = self.user(role.as_str(), &[]).await;
        state
            .db
            .write(async |conn| {
                let account = (
                    accounts::id.eq(account_id),
                    accounts::email.eq(email.clone()),
                    accounts::display_name.eq(role.as_str()),
                    accounts::password_hash.eq(hash.clone()),
                    accounts::created_at.eq(now),
                );
                conn.execute(diesel::insert_into(accounts::table).values(account))
                    .await?;
                let membership = (
                    org_memberships::id.eq(state.random.id::<Membership>(now)),
                    org_memberships::org_id.eq(org_id),
                    org_memberships::account_id.eq(account_id),
                    org_memberships::role.eq(role),
                    org_memberships::created_at.eq(now),
                );
                conn.execute(diesel::insert_into(org_memberships::table).values(membership))
                    .await?;
                let profile = users::table.filter(users::id.eq(key::<UserId>(&user)));
                conn.execute(diesel::update(profile).set(users::account_id.eq(account_id)))
                    .await
            })
            .await
            .expect("a member");
        (self.login(&email).await, user)
    }

    /// The owner, signed in again: for tests that move the clock past the end of the access token.
    pub async fn owner_again(&self) -> Client {
        self.login(&format!("owner@{}.example", self.name)).await
    }

    /// Somebody signed in.
    pub async fn login(&self, email: &str) -> Client {
        let mut client = self.app.client();
        let answer = client
            .gql(LOGIN, json!({"email": email, "password": PASSWORD}))
            .await;
        client.sign_in(&answer, "login");
        client
    }

    /// A crew member.
    pub async fn user(&self, name: &str, skills: &[&str]) -> String {
        let answer = self
            .owner
            .gql(
                CREATE_USER,
                json!({"input": {"displayName": name, "skills": skills}}),
            )
            .await;
        answer.str("/data/createUser/user/id").to_owned()
    }

    /// A project.
    pub async fn project(&self, name: &str) -> String {
        let answer = self
            .owner
            .gql(CREATE_PROJECT, json!({"input": {"name": name}}))
            .await;
        answer.str("/data/createProject/project/id").to_owned()
    }

    /// A mission with roles `{"name", "skill", "quantity"}`; its id and those of its roles.
    pub async fn mission(
        &self,
        project: &str,
        (from, to): (&str, &str),
        roles: Value,
    ) -> (String, Vec<String>) {
        let mission = json!({"title": "Load-in", "startsAt": from, "endsAt": to, "roles": roles});
        let answer = self.create_mission(project, mission).await;
        let roles = answer.texts("/data/createMission/mission/roles", "/id");
        let ids = roles.into_iter().map(str::to_owned).collect();
        (answer.str("/data/createMission/mission/id").to_owned(), ids)
    }

    /// What planning a mission answers.
    pub async fn create_mission(&self, project: &str, mission: Value) -> Answer {
        self.owner
            .gql(
                CREATE_MISSION,
                json!({"input": {"projectId": project, "mission": mission}}),
            )
            .await
    }

    /// A mission with one role for so many people.
    pub async fn place(
        &self,
        project: &str,
        times: (&str, &str),
        quantity: i32,
    ) -> (String, String) {
        let roles = json!([{"name": "Rigger", "quantity": quantity}]);
        let (mission, mut roles) = self.mission(project, times, roles).await;
        (mission, roles.remove(0))
    }

    /// Invites people: their assignments and tokens.
    pub async fn invite(&self, role: &str, users: &[&str]) -> Vec<(String, String)> {
        let answer = self.try_invite(role, users).await;
        let invitations = "/data/inviteToMission/invitations";
        let ids = answer.texts(invitations, "/assignment/id").into_iter();
        let tokens = answer.texts(invitations, "/token").into_iter();
        ids.map(str::to_owned)
            .zip(tokens.map(str::to_owned))
            .collect()
    }

    /// What inviting people answers.
    pub async fn try_invite(&self, role: &str, users: &[&str]) -> Answer {
        self.owner
            .gql(INVITE, json!({"input": {"roleId": role, "userIds": users}}))
            .await
    }
}

/// The key behind an id.
pub fn key<I: FromStr<Err = AppError>>(id: &str) -> I {
    id.parse().expect("an id")
}

/// Says yes by token.
pub async fn accept(client: &Client, token: &str) -> Answer {
    client.gql(ACCEPT, json!({"token": token})).await
}

/// Says no by token.
pub async fn decline(client: &Client, token: &str) -> Answer {
    client.gql(DECLINE, json!({"token": token})).await
}

/// Makes the person of one organisation a member of another, too.
pub async fn join(app: &TestApp, org_id: &str, client: &Client, role: Role) {
    let now = app.state.clock.now();
    let me = client.query("{ me { id } }").await;
    let row = (
        org_memberships::id.eq(app.state.random.id::<Membership>(now)),
        org_memberships::org_id.eq(key::<OrgId>(org_id)),
        org_memberships::account_id.eq(key::<AccountId>(me.str("/data/me/id"))),
        org_memberships::role.eq(role),
        org_memberships::created_at.eq(now),
    );
    let insert = diesel::insert_into(org_memberships::table).values(row);
    app.state
        .db
        .write(async |conn| conn.execute(insert).await)
        .await
        .expect("a membership");
}
