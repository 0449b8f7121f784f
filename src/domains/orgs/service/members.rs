use serde_json::Value;

use crate::access::{Member, Role, forbidden};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::orgs::model::Membership;
use crate::domains::orgs::repo;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::MembershipId;
use crate::page::{Page, Slice};
use crate::state::AppState;

/// A page of the members, oldest membership first.
pub async fn list_members(
    state: &AppState,
    who: Member,
    page: &Page<Membership>,
) -> Result<Slice<Membership>> {
    let read = state.read(who, async |conn| {
        let rows = repo::members(conn, who.org_id, page).await?;
        let total = page.total(repo::count_members(conn, who.org_id)).await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// Changes the role of a member. Nobody can grant a role above their own or change a member with a higher role.
///
/// # Errors
/// `FORBIDDEN`; `NOT_FOUND`; `LAST_OWNER` for the only OWNER.
pub async fn set_member_role(
    state: &AppState,
    who: Member,
    membership_id: MembershipId,
    role: Role,
) -> Result<Membership> {
    who.require(Role::Admin)?;
    state
        .write(who, async |conn| {
            let before = locked(conn, who, membership_id).await?;
            if role > who.role || before.role > who.role {
                return Err(forbidden());
            }
            if before.role == role {
                return Ok(before);
            }
            keep_an_owner(conn, &before).await?;
            let after = Membership {
                role,
                ..before.clone()
            };
            repo::set_role(conn, &after).await?;
            let action = Action::of(who, "setMemberRole", state.clock.now(), &state.random);
            record(conn, action, vec![change(&before, after.facts())]).await?;
            Ok(after)
        })
        .await
}

/// Removes a member from the organisation. Needs ADMIN or above, except for the requester's own membership. The crew
/// profile and its history stay.
///
/// # Errors
/// `FORBIDDEN`; `NOT_FOUND`; `LAST_OWNER` for the only OWNER.
pub async fn remove_member(
    state: &AppState,
    who: Member,
    membership_id: MembershipId,
) -> Result<()> {
    state
        .write(who, async |conn| {
            let before = locked(conn, who, membership_id).await?;
            let own = before.account_id == who.account_id;
            if !own && (!who.is(Role::Admin) || before.role > who.role) {
                return Err(forbidden());
            }
            keep_an_owner(conn, &before).await?;
            repo::delete_membership(conn, &before).await?;
            let action = Action::of(who, "removeMember", state.clock.now(), &state.random);
            record(conn, action, vec![change(&before, Value::Null)]).await
        })
        .await
}

/// Reads the membership and locks the organisation. So memberships change one at a time, and two OWNERs cannot leave at
/// once.
async fn locked(conn: &mut Conn, who: Member, id: MembershipId) -> Result<Membership> {
    repo::lock(conn, who.org_id).await?;
    let membership = repo::membership(conn, who.org_id, id).await?;
    membership.ok_or_else(|| AppError::not_found().at("membershipId"))
}

/// An organisation keeps at least one OWNER.
async fn keep_an_owner(conn: &mut Conn, leaving: &Membership) -> Result<()> {
    if leaving.role == Role::Owner && repo::count_owners(conn, leaving.org_id).await? <= 1 {
        let message = "An organisation needs an owner. Make somebody else an owner first.";
        return Err(AppError::new(ErrorCode::LastOwner, message));
    }
    Ok(())
}

fn change(before: &Membership, after: Value) -> Change {
    Change::new(before.id, before.facts(), after)
}
