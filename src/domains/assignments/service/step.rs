use std::collections::HashMap;

use super::super::model::{Assignment, AssignmentStatus, Written};
use super::super::repo;
use crate::db::types::Timestamp;
use crate::db::{AT_ONCE, Conn};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations;
use crate::domains::invitations::model::{Invitation, StoredStatus};
use crate::domains::invitations::service::Issued;
use crate::domains::outbox::service::{Told, told_within};
use crate::error::Result;
use crate::ids::{AssignmentId, MissionId};
use crate::interval::Interval;
use crate::state::AppState;

/// A step of an assignment from one status to another. The caller has checked that it is allowed.
#[derive(Clone, Debug)]
pub struct Step {
    /// The assignment as it was read under its lock.
    pub before: Assignment,
    /// The assignment as it is to be written. It has the keys of `before`.
    pub after: Assignment,
    /// Why a MANAGER made the step in spite of an overlap.
    pub forced: Option<String>,
}

impl Step {
    /// A step to a status at an instant. The answer of the person stays as it was.
    #[must_use]
    pub fn to(status: AssignmentStatus, before: Assignment, at: Timestamp) -> Self {
        let after = Assignment {
            status,
            updated_at: at,
            ..before.clone()
        };
        Self {
            before,
            after,
            forced: None,
        }
    }

    fn change(&self) -> Change {
        let after = self.after.facts_forced(self.forced.as_deref());
        Change::new(self.after.id, self.before.facts(), after)
    }

    fn told(&self) -> Told<'_> {
        Told {
            before: &self.before,
            after: &self.after,
            moved_from: None,
            link: None,
        }
    }

    /// Only asking and answering write when that was. So people who answered at different instants are cancelled by one
    /// statement.
    fn written(&self) -> Written {
        let after = &self.after;
        let (invited_at, responded_at) = match after.status {
            AssignmentStatus::Invited => (Some(after.invited_at), Some(after.responded_at)),
            AssignmentStatus::Accepted | AssignmentStatus::Declined => {
                (None, Some(after.responded_at))
            }
            AssignmentStatus::Cancelled => (None, None),
        };
        Written {
            status: after.status,
            reason: Some(after.reason.clone()),
            invited_at,
            responded_at,
            updated_at: after.updated_at,
        }
    }
}

/// Writes steps: the rows, their invitations, and one entry of the audit log for each. No other function changes the
/// status of an assignment. The caller has locked the rows.
pub async fn write_within(conn: &mut Conn, action: Action<'_>, steps: Vec<Step>) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let told: Vec<Told<'_>> = steps.iter().map(Step::told).collect();
    // Boxed: in a debug build, futures inside of futures inside of futures take more stack than a thread has.
    conn.both(
        async |conn| Box::pin(write(conn, action, &steps)).await,
        async |conn| Box::pin(told_within(conn, action, &told)).await,
    )
    .await
    .map(drop)
}

/// Writes the rows, their invitations and the audit log.
async fn write(conn: &mut Conn, action: Action<'_>, steps: &[Step]) -> Result<()> {
    let alike = alike(steps);
    conn.both(
        async |conn| {
            for (written, ids) in &alike {
                repo::set_status(conn, action.org_id, ids, written).await?;
            }
            Ok(())
        },
        async |conn| {
            conn.both(
                async |conn| close_invitations(conn, action, &alike).await,
                async |conn| record(conn, action, steps.iter().map(Step::change).collect()).await,
            )
            .await
        },
    )
    .await
    .map(drop)
}

/// Cancels INVITED and ACCEPTED assignments, and gives back what they are then. The caller has locked them.
pub async fn cancel_within(
    conn: &mut Conn,
    action: Action<'_>,
    rows: Vec<Assignment>,
    reason: Option<&str>,
) -> Result<Vec<Assignment>> {
    let cancelled = |row| {
        let mut step = Step::to(AssignmentStatus::Cancelled, row, action.at);
        step.after.reason = reason.map(str::to_owned);
        step
    };
    let steps: Vec<Step> = rows.into_iter().map(cancelled).collect();
    let after = steps.iter().map(|step| step.after.clone()).collect();
    write_within(conn, action, steps).await?;
    Ok(after)
}

/// A mission that moves.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    pub mission_id: MissionId,
    /// When it was.
    pub from: Interval,
    /// When it is now.
    pub to: Interval,
}

/// Moves the assignments of a mission: all of them get its new time, because a foreign key compares both at the end of
/// the transaction. Those of `steps` get their new status, and who is INVITED then gets a new link by mail, because the
/// old ones no longer work. Those of `kept` stay as they are, and are told of the new time. The caller has locked the
/// mission.
pub async fn move_within(
    conn: &mut Conn,
    state: &AppState,
    action: Action<'_>,
    moved: Moved,
    steps: Vec<Step>,
    kept: &[Assignment],
) -> Result<()> {
    repo::set_time(conn, action.org_id, moved.mission_id, moved.to).await?;
    if !steps.is_empty() {
        Box::pin(write(conn, action, &steps)).await?;
    }
    let asked = |step: &Step| step.after.status == AssignmentStatus::Invited;
    let issued = |step: &Step| {
        let starts_at = moved.to.starts_at;
        asked(step).then(|| invitations::service::issue(state, &step.after, starts_at, action.at))
    };
    let issued: Vec<Option<Issued>> = steps.iter().map(issued).collect();
    let letters: Vec<Invitation> = issued
        .iter()
        .flatten()
        .map(|issued| issued.invitation.clone())
        .collect();
    if !letters.is_empty() {
        invitations::service::insert_within(conn, &letters).await?;
    }
    let mut told = Vec::with_capacity(steps.len() + kept.len());
    for (step, issued) in steps.iter().zip(&issued) {
        told.push(Told {
            link: issued.as_ref().map(Issued::link),
            ..step.told()
        });
    }
    told.extend(kept.iter().map(|row| Told {
        before: row,
        after: row,
        moved_from: None,
        link: None,
    }));
    for told in &mut told {
        told.moved_from = Some(moved.from);
    }
    Box::pin(told_within(conn, action, &told)).await
}

/// What the steps write, and into which rows: at most as many as one statement changes.
fn alike(steps: &[Step]) -> Vec<(Written, Vec<AssignmentId>)> {
    let mut rows: HashMap<Written, Vec<AssignmentId>> = HashMap::new();
    for step in steps {
        rows.entry(step.written()).or_default().push(step.after.id);
    }
    let parts = |(written, ids): (Written, Vec<AssignmentId>)| {
        let part = |part: &[AssignmentId]| (written.clone(), part.to_vec());
        ids.chunks(AT_ONCE).map(part).collect::<Vec<_>>()
    };
    rows.into_iter().flat_map(parts).collect()
}

async fn close_invitations(
    conn: &mut Conn,
    action: Action<'_>,
    alike: &[(Written, Vec<AssignmentId>)],
) -> Result<()> {
    for (written, ids) in alike {
        let (org_id, close) = (
            action.org_id,
            invitations::service::close_of_assignments_within,
        );
        match written.status {
            AssignmentStatus::Accepted => close(conn, org_id, ids, StoredStatus::Accepted).await?,
            AssignmentStatus::Declined => close(conn, org_id, ids, StoredStatus::Declined).await?,
            AssignmentStatus::Invited | AssignmentStatus::Cancelled => {
                invitations::service::revoke_of_assignments_within(conn, org_id, ids).await?;
            }
        }
    }
    Ok(())
}
