//! A server, and the accounts that act on it. Each sequence has an organisation of its own, all in one database.

use coulisses_crew::crypto::AccessClaims;
use coulisses_crew::db::schema::users;
use coulisses_crew::ids::{AccountId, OrgId, SessionId, UserId};
use diesel::prelude::*;

use super::labels::{Labels, instant_of};
use super::run::Run;
use super::state::{Model, Moment, Skill, Span, Who};
use super::step::{Booking, Crew, Deed, Draft, Mission, Places, Project, Step};
use crate::support::{Client, TestApp, World, join, key};

const CREATE_ORG: &str = r#"
    mutation { createOrg(input: {name: "Sequence"}) { org { id } } }
"#;

/// The accounts of everybody, who are members of each sequence's organisation. They sign in once.
pub struct Stage<'a> {
    pub app: &'a TestApp,
    accounts: Vec<Account>,
}

struct Account {
    who: Who,
    account_id: AccountId,
    session_id: SessionId,
    /// Where they signed in.
    home: OrgId,
}

impl<'a> Stage<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let home = World::new(app, "home").await;
        let elsewhere = World::new(app, "elsewhere").await;
        let mut accounts = Vec::new();
        for who in Who::ALL {
            let (client, org_id) = match who {
                Who::Owner => (home.owner.clone(), &home.org_id),
                Who::Stranger => (elsewhere.owner.clone(), &elsewhere.org_id),
                _ => (home.member(who.role()).await.0, &home.org_id),
            };
            let me = client.query("{ me { id sessions { id } } }").await;
            accounts.push(Account {
                who,
                account_id: key(me.str("/data/me/id")),
                session_id: key(me.str("/data/me/sessions/0/id")),
                home: key(org_id),
            });
        }
        Self { app, accounts }
    }

    /// An organisation with everybody in it, where something is planned. The clock goes back to the beginning.
    pub async fn begin(&self) -> Run<'_> {
        self.set_clock(Moment(0));
        let owner = self.account(Who::Owner);
        let made = self.client(owner, owner.home).query(CREATE_ORG).await;
        let org_id = made.str("/data/createOrg/org/id");
        for account in &self.accounts {
            if !matches!(account.who, Who::Owner | Who::Stranger) {
                let client = self.client(account, account.home);
                join(self.app, org_id, &client, account.who.role()).await;
            }
        }
        let mut run = Run {
            stage: self,
            org_id: key(org_id),
            model: Model::default(),
            labels: Labels::default(),
            entries: 0,
        };
        for step in prelude() {
            run.step(step).await.expect("the prelude");
        }
        for who in Who::ALL {
            if let Some(person) = who.profile() {
                self.link(who, run.labels.id("user", person)).await;
            }
        }
        run
    }

    /// Makes a crew profile that of an account.
    async fn link(&self, who: Who, user: &str) {
        let row = users::table.filter(users::id.eq(key::<UserId>(user)));
        let account_id = self.account(who).account_id;
        let write = self.app.state.db.write(async |conn| {
            conn.execute(diesel::update(row).set(users::account_id.eq(account_id)))
                .await
        });
        write.await.expect("a profile");
    }

    /// Somebody signed in to the organisation of a sequence, and the stranger to their own.
    pub fn client_of(&self, who: Who, org_id: OrgId) -> Client {
        let account = self.account(who);
        let org_id = match who {
            Who::Stranger => account.home,
            _ => org_id,
        };
        self.client(account, org_id)
    }

    /// Signs the token itself: the clock may have moved beyond the last one.
    fn client(&self, account: &Account, org_id: OrgId) -> Client {
        let state = &self.app.state;
        let now = state.clock.now();
        let claims = AccessClaims {
            account_id: account.account_id,
            session_id: account.session_id,
            org_id: Some(org_id),
            expires_at: now + state.config.access_token,
        };
        let token = state.access_tokens.sign(&claims, now).expect("a token");
        Client {
            token: Some(token),
            ..self.app.client()
        }
    }

    fn account(&self, who: Who) -> &Account {
        let account = self.accounts.iter().find(|account| account.who == who);
        account.expect("an account")
    }

    pub fn set_clock(&self, to: Moment) {
        let clock = &self.app.state.clock;
        clock.advance(instant_of(to) - clock.now());
    }
}

/// Léa, Max, a manager and somebody without an account; two missions that overlap, and who is asked for them.
fn prelude() -> Vec<Step> {
    let skills = [Some(Skill::Rigging), None, None, Some(Skill::Sound)];
    let draft = |from, to, skill, quantity| Draft {
        span: Span {
            starts: Moment::hours(from),
            ends: Moment::hours(to),
        },
        roles: vec![Places { skill, quantity }],
    };
    let mut deeds: Vec<Deed> = Vec::new();
    deeds.extend(skills.map(|skill| Deed::Crew(Crew::CreateUser(skill))));
    deeds.push(Deed::Project(Project::CreateProject { name: 0 }));
    for draft in [
        draft(52, 54, None, 1),
        draft(52, 56, Some(Skill::Rigging), 2),
    ] {
        deeds.push(Deed::Mission(Mission::CreateMission(0, draft)));
    }
    for (role, people) in [(0, vec![0, 1]), (1, vec![0, 2])] {
        deeds.push(Deed::Booking(Booking::InviteToMission { role, people }));
    }
    let by_owner = |deed| Step::By(Who::Owner, deed);
    deeds.into_iter().map(by_owner).collect()
}
