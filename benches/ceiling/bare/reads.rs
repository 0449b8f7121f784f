//! The three requests that read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use coulisses_crew::domains::missions::model::MissionParts;
use coulisses_crew::ids::{MissionId, ProjectId};
use coulisses_crew::page::encode_cursor;
use futures_util::future::{try_join, try_join3, try_join4};
use serde::Deserialize;
use uuid::Uuid;

use super::answers::{Board, BoardData, List, MissionData, MissionsData, PageInfo, Shown};
use super::answers::{booking, shown, with_details};
use super::pool::Open;
use super::{Asked, Bare, Data, Refused, admit};

type Answer<T> = Result<Data<T>, Refused>;
/// A page may be as large as the server allows.
const MAX_PAGE: i64 = 200;

#[derive(Deserialize)]
pub struct ById {
    id: String,
}

#[derive(Deserialize)]
pub struct ByCount {
    first: i64,
}

/// A project with its missions, their roles, and who is asked.
pub async fn board(
    State(bare): State<Arc<Bare>>,
    headers: HeaderMap,
    Json(asked): Json<Asked<ById>>,
) -> Answer<BoardData> {
    let who = bare.requester(&headers)?;
    let id: ProjectId = asked.variables.id.parse()?;
    let org = who.org_id.uuid();
    let open = Open::new(&bare.pool).await?;
    let (client, sql) = (&open.connection().client, &open.connection().statements);
    let begin = who.begin_reading();
    let key = id.uuid();
    let ((), standing, project, missions) = try_join4(
        async { Ok(client.batch_execute(&begin).await?) },
        who.standing(open.connection()),
        async { Ok(client.query_opt(&sql.project, &[&org, &key]).await?) },
        async { Ok(client.query(&sql.missions, &[&org, &key]).await?) },
    )
    .await?;
    let (open, _) = admit(open, standing)?;
    let ids: Vec<Uuid> = missions.iter().map(|row| row.get(0)).collect();
    let (client, sql) = (&open.connection().client, &open.connection().statements);
    let (roles, bookings) = try_join(
        client.query(&sql.roles, &[&org, &ids]),
        client.query(&sql.assignments, &[&org, &ids]),
    )
    .await?;
    open.commit();
    let nodes = with_details(&missions, &roles, &bookings);
    let missions = List { nodes, page: None };
    let project = project.map(|row| Board {
        id,
        name: row.get(0),
        missions,
    });
    Ok(Data {
        data: BoardData { project },
    })
}

/// A mission and who is asked.
pub async fn mission(
    State(bare): State<Arc<Bare>>,
    headers: HeaderMap,
    Json(asked): Json<Asked<ById>>,
) -> Answer<MissionData> {
    let who = bare.requester(&headers)?;
    let id: MissionId = asked.variables.id.parse()?;
    let (org, key) = (who.org_id.uuid(), id.uuid());
    let open = Open::new(&bare.pool).await?;
    let (client, sql) = (&open.connection().client, &open.connection().statements);
    let begin = who.begin_reading();
    let ids = vec![key];
    let ((), standing, mission, bookings) = try_join4(
        async { Ok(client.batch_execute(&begin).await?) },
        who.standing(open.connection()),
        async { Ok(client.query_opt(&sql.mission, &[&org, &key]).await?) },
        async { Ok(client.query(&sql.assignments, &[&org, &ids]).await?) },
    )
    .await?;
    let (open, _) = admit(open, standing)?;
    open.commit();
    let mission = mission.map(|row| Shown {
        assignments: Some(bookings.iter().map(booking).collect()),
        ..shown(&row)
    });
    Ok(Data {
        data: MissionData { mission },
    })
}

/// The first missions of the organisation.
pub async fn missions(
    State(bare): State<Arc<Bare>>,
    headers: HeaderMap,
    Json(asked): Json<Asked<ByCount>>,
) -> Answer<MissionsData> {
    let who = bare.requester(&headers)?;
    let first = asked.variables.first;
    let size = usize::try_from(first).ok().filter(|_| first <= MAX_PAGE);
    let size = size.ok_or(Refused(StatusCode::BAD_REQUEST))?;
    let org = who.org_id.uuid();
    let open = Open::new(&bare.pool).await?;
    let (client, sql) = (&open.connection().client, &open.connection().statements);
    let begin = who.begin_reading();
    let limit = first + 1;
    let ((), standing, rows) = try_join3(
        async { Ok(client.batch_execute(&begin).await?) },
        who.standing(open.connection()),
        async { Ok(client.query(&sql.page, &[&org, &limit]).await?) },
    )
    .await?;
    let (open, _) = admit(open, standing)?;
    open.commit();
    let nodes: Vec<Shown> = rows.iter().take(size).map(shown).collect();
    let position = |node: &Shown| (node.starts_at, node.id);
    let page = PageInfo {
        has_next: rows.len() > size,
        end: nodes
            .last()
            .map(position)
            .as_ref()
            .map(encode_cursor::<MissionParts>),
    };
    let missions = List {
        nodes,
        page: Some(page),
    };
    Ok(Data {
        data: MissionsData { missions },
    })
}
