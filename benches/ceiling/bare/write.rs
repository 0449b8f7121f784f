//! The request that writes: a mission and its entry in the audit log.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chrono::DateTime;
use coulisses_crew::clock::Random;
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::ids::{AuditEntryId, MissionId, ProjectId};
use coulisses_crew::{text, validate};
use futures_util::future::{try_join3, try_join4};
use serde::{Deserialize, Serialize};
use tokio_postgres::types::{Json as Jsonb, ToSql};

use super::pool::Open;
use super::token::Requester;
use super::{Asked, Bare, Data, Refused, admit};

#[derive(Deserialize)]
pub struct Create {
    input: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Input {
    project_id: String,
    mission: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    title: String,
    location: Option<String>,
    starts_at: String,
    ends_at: String,
}

#[derive(Serialize)]
pub struct CreateData {
    created: Payload,
}

#[derive(Serialize)]
struct Payload {
    mission: Created,
}

#[derive(Serialize)]
struct Created {
    id: MissionId,
    title: String,
}

/// What the audit log says: of each field that is set, nothing before, and what it is now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    project: ((), String),
    title: ((), &'a str),
    location: ((), Option<&'a str>),
    starts_at: ((), String),
    ends_at: ((), String),
    timezone: ((), &'a str),
}

/// A mission whose texts are checked.
struct New {
    id: MissionId,
    project_id: ProjectId,
    title: String,
    location: Option<String>,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl New {
    fn read(input: Input, now: Timestamp) -> Result<Self, Refused> {
        let instant = |text: &str| {
            let at = DateTime::parse_from_rfc3339(text);
            let at = at.map_err(|_| Refused(StatusCode::BAD_REQUEST))?;
            Ok::<_, Refused>(Timestamp::new(at.to_utc()))
        };
        let spec = input.mission;
        let (starts_at, ends_at) = (instant(&spec.starts_at)?, instant(&spec.ends_at)?);
        validate::interval("endsAt", starts_at, ends_at)?;
        Ok(Self {
            id: Random::Os.id(now),
            project_id: input.project_id.parse()?,
            title: validate::text("title", &spec.title, validate::NAME)?,
            location: validate::optional("location", spec.location.as_deref(), 500)?,
            starts_at,
            ends_at,
        })
    }

    fn facts<'a>(&'a self, timezone: &'a str) -> Facts<'a> {
        Facts {
            project: ((), self.project_id.to_string()),
            title: ((), &self.title),
            location: ((), self.location.as_deref()),
            starts_at: ((), self.starts_at.to_rfc3339()),
            ends_at: ((), self.ends_at.to_rfc3339()),
            timezone: ((), timezone),
        }
    }
}

/// Makes a mission.
pub async fn create(
    State(bare): State<Arc<Bare>>,
    headers: HeaderMap,
    Json(asked): Json<Asked<Create>>,
) -> Result<Data<CreateData>, Refused> {
    let who = bare.requester(&headers)?;
    let new = New::read(asked.variables.input, who.now)?;
    let (org, project) = (who.org_id.uuid(), new.project_id.uuid());
    let open = Open::new(&bare.pool).await?;
    let (client, sql) = (&open.connection().client, &open.connection().statements);
    let begin = format!("BEGIN; {}", who.scope());
    let ((), standing, status, timezone) = try_join4(
        async { Ok(client.batch_execute(&begin).await?) },
        who.standing(open.connection()),
        async {
            Ok(client
                .query_opt(&sql.keep_project, &[&org, &project])
                .await?)
        },
        async { Ok(client.query_one(&sql.timezone, &[&org]).await?) },
    )
    .await?;
    let (open, role) = admit(open, standing)?;
    let refused = match status.as_ref().map(|row| row.get(0)) {
        _ if role == "TECH" => Some(StatusCode::FORBIDDEN),
        None => Some(StatusCode::NOT_FOUND),
        Some("ARCHIVED") => Some(StatusCode::CONFLICT),
        Some(_) => None,
    };
    if let Some(status) = refused {
        open.commit();
        return Err(Refused(status));
    }
    insert(&open, &who, &new, timezone.get(0)).await?;
    open.committed();
    let mission = Created {
        id: new.id,
        title: new.title,
    };
    Ok(Data {
        data: CreateData {
            created: Payload { mission },
        },
    })
}

/// Writes both rows and commits in one round trip. If a statement fails, PostgreSQL rolls back at the COMMIT.
async fn insert(open: &Open, who: &Requester, new: &New, timezone: &str) -> Result<(), Refused> {
    let (client, sql) = (&open.connection().client, &open.connection().statements);
    let (org, id, now) = (who.org_id.uuid(), new.id.uuid(), who.now.utc());
    let (project, actor) = (new.project_id.uuid(), who.account_id.uuid());
    let (starts_at, ends_at) = (new.starts_at.utc(), new.ends_at.utc());
    let folded = text::fold(&new.title);
    let entry: AuditEntryId = Random::Os.id(who.now);
    let (entry, changes) = (entry.uuid(), Jsonb(new.facts(timezone)));
    let mission: [&(dyn ToSql + Sync); 10] = [
        &org,
        &id,
        &project,
        &new.title,
        &folded,
        &new.location,
        &starts_at,
        &ends_at,
        &timezone,
        &now,
    ];
    try_join3(
        client.execute(&sql.insert_mission, &mission),
        client.execute(
            &sql.insert_entry,
            &[&org, &entry, &now, &actor, &id, &changes],
        ),
        client.batch_execute("COMMIT"),
    )
    .await?;
    Ok(())
}
