use crate::access::{Member, Role};
use crate::domains::assignments;
use crate::domains::assignments::model::OpenOf;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::crew::model::User;
use crate::domains::crew::repo;
use crate::error::{AppError, Result};
use crate::ids::UserId;
use crate::state::AppState;

const IN_USE: &str = "This person is invited to future missions or has accepted them. Cancel these assignments first, \
                      or send cancelFuture.";

/// A crew member to archive.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveUser {
    pub id: UserId,
    /// Whether to cancel the assignments on missions that have not started.
    pub cancel_future: bool,
}

/// Archives a crew member: they can no longer be booked, and their history stays. Their membership of the organisation
/// stays too. Archiving somebody again succeeds and writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `NOT_FOUND`; `IN_USE` with the number of INVITED and ACCEPTED assignments on missions that
/// have not started, unless they are to be cancelled.
pub async fn archive_user(state: &AppState, who: Member, input: ArchiveUser) -> Result<User> {
    who.require(Role::Manager)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            // Whoever books the person locks them first, so nothing is added while they are archived.
            let before = repo::lock(conn, who.org_id, &[input.id]).await?.pop();
            let before = before.ok_or_else(|| AppError::not_found().at("id"))?;
            if before.archived_at.is_some() {
                return Ok(before);
            }
            let future = OpenOf::FutureOfUser(input.id, now);
            let open = assignments::service::open_within(conn, who.org_id, &future).await?;
            if !open.is_empty() && !input.cancel_future {
                return Err(AppError::in_use(IN_USE, open.len()));
            }
            let after = User {
                archived_at: Some(now),
                version: before.version + 1,
                ..before.clone()
            };
            let change = Change::new(after.id, before.facts(&[], &[]), after.facts(&[], &[]));
            let action = Action::of(who, "archiveUser", now, &state.random);
            assignments::service::cancel_within(conn, action, open, None).await?;
            conn.both(
                async |conn| repo::update(conn, &after).await,
                async |conn| record(conn, action, vec![change]).await,
            )
            .await?;
            Ok(after)
        })
        .await
}
