use crate::access::Member;
use crate::db::types::Timestamp;
use crate::domains::assignments;
use crate::domains::assignments::model::Conflict;
use crate::error::Result;
use crate::ids::UserId;
use crate::state::AppState;
use crate::validate;

/// Most conflicts that are shown.
const CONFLICTS: i64 = 200;

/// Pairs of a person's ACCEPTED assignments on live missions that overlap, if the overlap is partly within
/// `[from, to)`, the first of them. They are sorted by the start of the first assignment, then of the second.
///
/// Somebody who does not exist, or not in the organisation, has none.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `BAD_USER_INPUT` at `to`.
pub async fn conflicts(
    state: &AppState,
    who: Member,
    user_id: UserId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<Conflict>> {
    who.manages_or_is(user_id)?;
    if let (Some(from), Some(to)) = (from, to) {
        validate::interval("to", from, to)?;
    }
    let read = state.read(who, async |conn| {
        let find = assignments::service::conflicts_within;
        find(conn, who.org_id, user_id, (from, to), CONFLICTS).await
    });
    read.await
}
