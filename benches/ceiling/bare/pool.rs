//! Connections with prepared statements, and their transactions.

use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};
use futures_util::future::try_join_all;
use tokio_postgres::{Client, Config, NoTls, Statement};

use crate::CONNECTIONS;

pub type Pool = deadpool::managed::Pool<Opener>;

/// As the server sets its own connections.
const SETTINGS: &str = "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s \
                        -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1";

/// Opens connections.
pub struct Opener(Config);

/// A connection.
pub struct Connection {
    pub client: Client,
    pub statements: Statements,
}

/// What is prepared on each connection.
pub struct Statements {
    pub standing: Statement,
    pub project: Statement,
    pub missions: Statement,
    pub roles: Statement,
    pub assignments: Statement,
    pub mission: Statement,
    pub page: Statement,
    pub keep_project: Statement,
    pub timezone: Statement,
    pub insert_mission: Statement,
    pub insert_entry: Statement,
}

const STATEMENTS: [&str; 11] = [
    "SELECT member.role FROM sessions AS session JOIN org_memberships AS member \
     ON member.org_id = $3 AND member.account_id = $2 \
     WHERE session.id = $1 AND session.account_id = $2 AND session.revoked_at IS NULL \
     AND session.expires_at > $4 AND session.last_used_at <= $5",
    "SELECT name FROM projects WHERE org_id = $1 AND id = $2",
    "SELECT id, title, starts_at FROM missions \
     WHERE org_id = $1 AND project_id = $2 AND cancelled_at IS NULL ORDER BY starts_at, id LIMIT 100",
    "SELECT mission_id, id, name, quantity FROM mission_roles \
     WHERE org_id = $1 AND mission_id = ANY($2) ORDER BY mission_id, position, id",
    "SELECT booked.mission_id, booked.id, booked.status, person.id, person.display_name \
     FROM assignments AS booked JOIN users AS person ON person.org_id = $1 AND person.id = booked.user_id \
     WHERE booked.org_id = $1 AND booked.mission_id = ANY($2) ORDER BY booked.invited_at, booked.id",
    "SELECT id, title, starts_at FROM missions WHERE org_id = $1 AND id = $2",
    "SELECT id, title, starts_at FROM missions \
     WHERE org_id = $1 AND cancelled_at IS NULL ORDER BY starts_at, id LIMIT $2",
    "SELECT status FROM projects WHERE org_id = $1 AND id = $2 FOR SHARE",
    "SELECT timezone FROM orgs WHERE id = $1",
    "INSERT INTO missions (org_id, id, project_id, title, title_folded, location, starts_at, ends_at, timezone, \
     created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1)",
    "INSERT INTO audit_log (org_id, id, at, actor_id, action, entity_type, entity_id, changes) \
     VALUES ($1, $2, $3, $4, 'createMission', 'Mission', $5, $6)",
];

/// A pool of as many connections as the server has.
pub fn new(url: &str) -> Pool {
    let mut config: Config = url.parse().expect("a URL");
    let options = config.get_options().unwrap_or_default().to_owned();
    config.options(format!("{SETTINGS} {options}"));
    Pool::builder(Opener(config))
        .max_size(CONNECTIONS)
        .build()
        .expect("a pool")
}

impl Manager for Opener {
    type Type = Connection;
    type Error = tokio_postgres::Error;

    async fn create(&self) -> Result<Connection, tokio_postgres::Error> {
        let (client, connection) = self.0.connect(NoTls).await?;
        tokio::spawn(connection);
        let prepared = try_join_all(STATEMENTS.map(|sql| client.prepare(sql))).await?;
        let mut prepared = prepared.into_iter();
        let mut next = || prepared.next().expect("as many as there are texts");
        let statements = Statements {
            standing: next(),
            project: next(),
            missions: next(),
            roles: next(),
            assignments: next(),
            mission: next(),
            page: next(),
            keep_project: next(),
            timezone: next(),
            insert_mission: next(),
            insert_entry: next(),
        };
        Ok(Connection { client, statements })
    }

    async fn recycle(
        &self,
        connection: &mut Connection,
        _: &Metrics,
    ) -> RecycleResult<tokio_postgres::Error> {
        match connection.client.is_closed() {
            true => Err(RecycleError::message("closed")),
            false => Ok(()),
        }
    }
}

/// A connection in a transaction. If it is dropped before the end, as when the client hangs up, the connection is closed.
pub struct Open(Option<Object<Opener>>);

impl Open {
    pub async fn new(pool: &Pool) -> Result<Self, super::Refused> {
        let object = pool.get().await;
        let object =
            object.map_err(|_| super::Refused(axum::http::StatusCode::SERVICE_UNAVAILABLE))?;
        Ok(Self(Some(object)))
    }

    pub fn connection(&self) -> &Connection {
        self.0.as_ref().expect("it is taken at the end only")
    }

    /// Ends a transaction that only reads. Nobody waits for it.
    pub fn commit(mut self) {
        if let Some(object) = self.0.take() {
            tokio::spawn(async move {
                if object.client.batch_execute("COMMIT").await.is_err() {
                    drop(Object::take(object));
                }
            });
        }
    }

    /// Gives the connection back after its transaction has ended.
    pub fn committed(mut self) {
        self.0 = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}
