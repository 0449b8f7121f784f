//! Sending what is due.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::super::repo;
use super::allowance::{Allowed, allowances};
use super::claim::{Claimed, Found, claim_within};
use crate::db::{Db, Share};
use crate::domains::throttle::service::{MAIL_OF_ACCOUNT, MAIL_OF_NEW_ORG, Refused, Rule, admit};
use crate::error::Result;
use crate::ids::OrgId;
use crate::mail::Unsent;
use crate::state::AppState;

/// How often the server looks for what is due. It also looks when it has just written an invitation.
const LOOK: Duration = Duration::from_secs(15);

/// After how many minutes a mail that could not be sent is tried again: five of them are days.
const AGAIN: [i64; 9] = [1, 5, 30, 120, 1_440, 1_440, 1_440, 1_440, 1_440];

/// What became of one mail.
enum Done {
    /// Nothing was due.
    Nothing,
    Sent,
    /// It is not sent, or not now.
    Other,
    /// The mail server could not be reached, so the others need not be tried now.
    Away,
}

/// Sends mail until `stop` is cancelled. A mail that is being sent then is sent.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut timer = tokio::time::interval(LOOK);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = state.mail_waits.notified() => {}
            _ = timer.tick() => {}
        }
        if let Err(error) = deliver_due(&state, &stop).await {
            tracing::warn!(cause = ?error.cause, "the outbox could not be read: {error}");
        }
    }
}

/// Sends what is due, and says how many mails that were. Organisations take turns, a mail each. Other servers may do the
/// same at the same time.
pub async fn deliver_due(state: &AppState, stop: &CancellationToken) -> Result<usize> {
    let mut sent = 0;
    loop {
        let now = state.clock.now();
        let own = state.db.clone().charged_to(Share::Server);
        let orgs = own.read(async |conn| repo::due_orgs(conn, now).await);
        let mut goes_on = false;
        for org_id in orgs.await? {
            if stop.is_cancelled() {
                return Ok(sent);
            }
            match deliver_one(state, org_id).await {
                Ok(Done::Sent) => sent += 1,
                Ok(Done::Other) => {}
                Ok(Done::Nothing) => continue,
                Ok(Done::Away) => return Ok(sent),
                // The others go on. This one is looked at again the next time.
                Err(error) => {
                    tracing::warn!(cause = ?error.cause, org = %org_id, "mail could not be sent: {error}");
                    continue;
                }
            }
            goes_on = true;
        }
        if !goes_on {
            return Ok(sent);
        }
    }
}

/// The turn comes first, because the claim lasts for a limited time.
async fn deliver_one(state: &AppState, org_id: OrgId) -> Result<Done> {
    let db = state.db.within(org_id).charged_to(Share::Org(org_id));
    let turn = state.mailer.turn(Share::Org(org_id)).await?;
    let found = db
        .write(async |conn| claim_within(conn, state, org_id).await)
        .await?;
    let claimed = match found {
        Found::Nothing => return Ok(Done::Nothing),
        Found::Other => return Ok(Done::Other),
        Found::Mail(claimed) => claimed,
    };
    if let Some(refused) = refused(state, &claimed).await? {
        put_off(state, &db, &claimed, refused).await?;
        return Ok(Done::Other);
    }
    match turn.send(&claimed.letter).await {
        Ok(()) => {
            db.write(async |conn| repo::delete(conn, org_id, &claimed.ids).await)
                .await?;
            Ok(Done::Sent)
        }
        Err(unsent) => failed(state, &db, &claimed, &unsent).await,
    }
}

/// Counts the mail towards its allowances.
async fn refused(state: &AppState, claimed: &Claimed) -> Result<Option<Refused>> {
    if claimed.is_admitted || !state.mailer.sends() {
        return Ok(None);
    }
    let mail = Allowed {
        org: &claimed.org,
        sent_by: claimed.sent_by,
        to: &claimed.letter.to,
    };
    let counted = allowances(state, mail);
    let counted: Vec<(Rule, &str)> = counted.iter().map(|(rule, of)| (*rule, &**of)).collect();
    admit(state, &counted).await
}

/// Lets a mail wait until its allowance admits it. What is due and counts towards the same allowance waits with it, so
/// that not each of a hundred invitations has to find out by itself. For one recipient it then becomes one mail.
async fn put_off(state: &AppState, db: &Db, claimed: &Claimed, refused: Refused) -> Result<()> {
    let now = state.clock.now();
    let (org_id, until) = (claimed.org.id, now + refused.wait);
    let is_of_sender = [MAIL_OF_ACCOUNT, MAIL_OF_NEW_ORG].contains(&refused.rule);
    db.write(async |conn| {
        repo::put_off(conn, org_id, &claimed.ids, until).await?;
        match (claimed.sent_by, claimed.recipient_id) {
            (Some(account), _) if is_of_sender => {
                repo::put_off_all_by(conn, org_id, account, now, until).await
            }
            (_, Some(recipient)) if !is_of_sender => {
                repo::put_off_all_to(conn, org_id, recipient, now, until).await
            }
            _ => Ok(()),
        }
    })
    .await
}

/// Plans the next attempt, or gives up.
async fn failed(state: &AppState, db: &Db, claimed: &Claimed, unsent: &Unsent) -> Result<Done> {
    let now = state.clock.now();
    let cause = unsent.error.cause.as_ref();
    let problem = cause.map_or_else(|| unsent.error.to_string(), ToString::to_string);
    let wait = usize::try_from(claimed.attempt - 1).ok();
    let wait = wait.and_then(|number| AGAIN.get(number));
    let (mail, org) = (claimed.letter.id, claimed.org.id);
    let next = if let Some(minutes) = wait {
        tracing::warn!(%mail, %org, minutes, "a mail could not be sent and is tried again: {problem}");
        Some(now + TimeDelta::minutes(*minutes))
    } else {
        tracing::error!(%mail, %org, "a mail could not be sent and is not tried again: {problem}");
        None
    };
    db.write(async |conn| {
        if !unsent.may_have_arrived {
            repo::set_certain(conn, org, &claimed.ids).await?;
        }
        repo::set_failed(conn, org, &claimed.ids, next, &problem).await
    })
    .await?;
    Ok(if unsent.is_away {
        Done::Away
    } else {
        Done::Other
    })
}
