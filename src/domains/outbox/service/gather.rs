//! Which rows of the outbox become one mail.

use super::super::model::{Mail, Recipient};
use super::super::repo;
use crate::db::Conn;
use crate::db::types::{Id, Timestamp};
use crate::error::Result;
use crate::ids::{MailId, MissionId, OrgId};

/// Most missions that one mail tells of. As many invitations with short texts are 75 KB of HTML, and Gmail hides what is
/// beyond about 100 KB.
const MISSIONS: usize = 50;
/// Most rows that one mail is made of.
const ROWS: usize = 1_000;
/// Of a mission with more rows for a person, so many of the oldest and of the newest stay.
const KEPT: usize = ROWS / 2;

/// Locks what becomes one mail with a row that is due: all that waits for the same recipient about each mission of which
/// something is due. Each mission has its rows, oldest first. Beyond the limits, missions and answers stay due and
/// become the next mail. There is nothing if another server has taken all of it.
pub(super) async fn gather(conn: &mut Conn, row: &Mail, now: Timestamp) -> Result<Vec<Vec<Mail>>> {
    let mut missions = match row.recipient_id {
        Some(recipient_id) => of_recipient(conn, row.org_id, recipient_id, now).await?,
        None => vec![repo::lock(conn, row.org_id, &[row.id]).await?],
    };
    let is_due = |row: &Mail| row.due_at.is_some_and(|due_at| due_at <= now);
    missions.retain(|rows| rows.iter().any(is_due));
    Ok(missions)
}

async fn of_recipient(
    conn: &mut Conn,
    org_id: OrgId,
    recipient_id: Id<Recipient>,
    now: Timestamp,
) -> Result<Vec<Vec<Mail>>> {
    let due = repo::due_to(conn, org_id, recipient_id, now, count(ROWS)).await?;
    let mut mission_ids: Vec<MissionId> = Vec::new();
    for mission_id in due.iter().filter_map(|(_, mission_id)| *mission_id) {
        if mission_ids.len() < MISSIONS && !mission_ids.contains(&mission_id) {
            mission_ids.push(mission_id);
        }
    }
    if mission_ids.is_empty() {
        return Ok(Vec::new());
    }
    let most = count(ROWS + 1);
    let rows = repo::lock_about(conn, org_id, &mission_ids, recipient_id, most).await?;
    let is_cut = rows.len() > ROWS;
    let mut missions = by_mission(rows);
    // The last one may have more rows.
    let Some(last) = missions.pop_if(|_| is_cut) else {
        return Ok(missions);
    };
    if missions.is_empty() {
        missions.extend(some_of(conn, &last, &due).await?);
    }
    Ok(missions)
}

fn by_mission(rows: Vec<Mail>) -> Vec<Vec<Mail>> {
    let mut missions: Vec<Vec<Mail>> = Vec::new();
    for row in rows {
        match missions.last_mut() {
            Some(own) if own[0].mission_id == row.mission_id => own.push(row),
            _ => missions.push(vec![row]),
        }
    }
    missions
}

/// Of a mission with too many rows: some of the answers that are due. A person needs to hear of the last state only, so
/// of these rows the ones in the middle are deleted, some at a time. The oldest tell what the person knows, and the
/// newest have the link. They become a mail when there are few enough of them.
async fn some_of(
    conn: &mut Conn,
    rows: &[Mail],
    due: &[(MailId, Option<MissionId>)],
) -> Result<Option<Vec<Mail>>> {
    let (Some(mission_id), Some(recipient_id)) = (rows[0].mission_id, rows[0].recipient_id) else {
        return Ok(None);
    };
    let org_id = rows[0].org_id;
    if rows[0].is_to_person() {
        let newest = count(KEPT);
        let kept = repo::oldest_of_newest(conn, org_id, mission_id, recipient_id, newest).await?;
        let is_older = |id: &MailId| kept.is_some_and(|kept| id.uuid() < kept.uuid());
        let middle = rows[KEPT..].iter().map(|row| row.id).filter(is_older);
        let middle: Vec<MailId> = middle.collect();
        repo::delete(conn, org_id, &middle).await?;
        return Ok(None);
    }
    let ids = due.iter().filter(|(_, of)| *of == Some(mission_id));
    let ids: Vec<MailId> = ids.map(|(id, _)| *id).collect();
    repo::lock(conn, org_id, &ids).await.map(Some)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
