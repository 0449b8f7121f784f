use super::super::model::{Assignment, AssignmentStatus};
use super::super::repo;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations;
use crate::domains::invitations::model::{Invitation, StoredStatus};
use crate::domains::invitations::service::Issued;
use crate::domains::outbox::service::{Told, told_within};
use crate::error::Result;
use crate::ids::{AssignmentId, MissionId};
use crate::interval::Interval;
use crate::state::AppState;

/// Most rows that one statement changes. SQLite takes no more than 32,766 values.
const AT_ONCE: usize = 1_000;

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

    /// Whether the other step writes the same into its row.
    fn is_like(&self, other: &Self) -> bool {
        let written = |step: &Self| {
            let Assignment {
                status,
                invited_at,
                responded_at,
                updated_at,
                ..
            } = step.after;
            (status, invited_at, responded_at, updated_at)
        };
        written(self) == written(other) && self.after.reason == other.after.reason
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
            for (step, ids) in &alike {
                repo::set_status(conn, action.org_id, ids, &step.after).await?;
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

/// The steps that write the same, and which rows they write it into.
fn alike(steps: &[Step]) -> Vec<(&Step, Vec<AssignmentId>)> {
    let mut alike: Vec<(&Step, Vec<AssignmentId>)> = Vec::new();
    for step in steps {
        let id = step.after.id;
        let known = alike.iter_mut();
        let like = |(first, ids): &&mut (&Step, Vec<AssignmentId>)| {
            first.is_like(step) && ids.len() < AT_ONCE
        };
        // The newest group is asked first: the older ones may be full.
        match known.rev().find(like) {
            Some((_, ids)) => ids.push(id),
            None => alike.push((step, vec![id])),
        }
    }
    alike
}

async fn close_invitations(
    conn: &mut Conn,
    action: Action<'_>,
    alike: &[(&Step, Vec<AssignmentId>)],
) -> Result<()> {
    for (step, ids) in alike {
        let (org_id, close) = (
            action.org_id,
            invitations::service::close_of_assignments_within,
        );
        match step.after.status {
            AssignmentStatus::Accepted => close(conn, org_id, ids, StoredStatus::Accepted).await?,
            AssignmentStatus::Declined => close(conn, org_id, ids, StoredStatus::Declined).await?,
            AssignmentStatus::Invited | AssignmentStatus::Cancelled => {
                invitations::service::revoke_of_assignments_within(conn, org_id, ids).await?;
            }
        }
    }
    Ok(())
}
