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

/// Locks what becomes one mail with a row that is due. Each mission has its rows, oldest first. There is nothing if
/// another server has taken all of it.
///
/// Rows that were one mail stay one mail, and what is new about one of their missions joins them. Of what was not tried
/// yet, all that is due for the same recipient becomes one mail. Beyond the limits, missions and answers stay due and
/// become the next mail.
pub(super) async fn gather(conn: &mut Conn, row: &Mail, now: Timestamp) -> Result<Vec<Vec<Mail>>> {
    let (Some(recipient_id), Some(mission_id)) = (row.recipient_id, row.mission_id) else {
        let rows = repo::lock(conn, row.org_id, &[row.id]).await?;
        return Ok(vec![rows]
            .into_iter()
            .filter(|rows| is_due(rows, now))
            .collect());
    };
    let org_id = row.org_id;
    let letter = repo::letter_about(conn, org_id, mission_id, recipient_id).await?;
    let mission_ids = match letter {
        Some(letter) => {
            repo::tried_together(conn, org_id, recipient_id, letter, count(ROWS)).await?
        }
        None => repo::fresh_to(conn, org_id, recipient_id, now, count(ROWS)).await?,
    };
    let mut missions = about(conn, (org_id, recipient_id), mission_ids, now).await?;
    let is_one_mail = letter.is_some() && missions.iter().any(|rows| is_due(rows, now));
    let in_flight = missions
        .iter()
        .flatten()
        .filter(|row| row.is_in_flight(now));
    if let Some(until) = in_flight.filter_map(|row| row.due_at).max() {
        let mut ids = due_beside_flight(&missions, now);
        ids.extend(letter.map(|_| row.id));
        repo::put_off(conn, org_id, &ids, until).await?;
        return Ok(Vec::new());
    }
    missions.retain(|rows| match letter {
        Some(_) => is_one_mail,
        // A mission of which something was tried is another mail.
        None => is_due(rows, now) && !rows.iter().any(Mail::is_tried),
    });
    Ok(missions)
}

fn is_due(rows: &[Mail], now: Timestamp) -> bool {
    rows.iter().any(|row| row.is_due(now))
}

/// What is due about missions of which another server sends a mail just now. When that has ended, the recipient knows
/// more.
fn due_beside_flight(missions: &[Vec<Mail>], now: Timestamp) -> Vec<MailId> {
    let in_flight = |rows: &&Vec<Mail>| rows.iter().any(|row| row.is_in_flight(now));
    let rows = missions.iter().filter(in_flight).flatten();
    let due = rows.filter(|row| row.is_due(now));
    due.map(|row| row.id).collect()
}

/// What waits for a recipient about missions.
async fn about(
    conn: &mut Conn,
    (org_id, recipient_id): (OrgId, Id<Recipient>),
    mission_ids: Vec<Option<MissionId>>,
    now: Timestamp,
) -> Result<Vec<Vec<Mail>>> {
    let mut first: Vec<MissionId> = Vec::new();
    for mission_id in mission_ids.into_iter().flatten() {
        if first.len() < MISSIONS && !first.contains(&mission_id) {
            first.push(mission_id);
        }
    }
    if first.is_empty() {
        return Ok(Vec::new());
    }
    let most = count(ROWS + 1);
    let rows = repo::lock_about(conn, org_id, &first, recipient_id, most).await?;
    let is_cut = rows.len() > ROWS;
    let mut missions = by_mission(rows);
    // The last one may have more rows.
    let Some(last) = missions.pop_if(|_| is_cut) else {
        return Ok(missions);
    };
    if missions.is_empty() {
        missions.extend(some_of(conn, &last, now).await?);
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
async fn some_of(conn: &mut Conn, rows: &[Mail], now: Timestamp) -> Result<Option<Vec<Mail>>> {
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
    let most = count(ROWS);
    let ids = repo::due_about(conn, org_id, mission_id, recipient_id, now, most).await?;
    repo::lock(conn, org_id, &ids).await.map(Some)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
