//! Sending what is due.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::super::repo;
use super::allowance::{Allowed, allowances};
use super::claim::{Claimed, Found, begin_within, claim_within};
use crate::db::{Db, Share};
use crate::domains::throttle::service::{
    MAIL_OF_ACCOUNT, MAIL_OF_NEW_ORG, Refused, Rule, admit, fullest,
};
use crate::error::Result;
use crate::ids::{AccountId, MailId, OrgId};
use crate::mail::{Refusal, Unsent};
use crate::state::AppState;

/// How often the server looks for what is due. It also looks when it has just written an invitation.
const LOOK: Duration = Duration::from_secs(15);

/// After how many minutes a mail that could not be sent is tried again: five of them are days.
const AGAIN: [i64; 9] = [1, 5, 30, 120, 1_440, 1_440, 1_440, 1_440, 1_440];

/// How many rows of the same sender or recipient are put off in one transaction.
const PART: i64 = 500;

/// So often a mail server may answer "later", as greylisting does, before that says something about the mail. The next
/// attempt is 36 minutes after the first.
const PATIENT: i32 = 3;

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
            tracing::warn!(
                cause = error.causes(),
                "the outbox could not be read: {error}"
            );
        }
    }
}

/// Sends what is due, and says how many mails that were. Organisations take turns, a mail each. Other servers may do the
/// same at the same time.
pub async fn deliver_due(state: &AppState, stop: &CancellationToken) -> Result<usize> {
    let now = state.clock.now();
    let own = state.db.clone().charged_to(Share::Server);
    let mut orgs = own
        .read(async |conn| repo::due_orgs(conn, now).await)
        .await?;
    let mut sent = 0;
    while !orgs.is_empty() {
        let mut left = Vec::new();
        for org_id in orgs {
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
                    tracing::warn!(cause = error.causes(), org = %org_id, "mail could not be sent: {error}");
                    continue;
                }
            }
            left.push(org_id);
        }
        orgs = left;
    }
    Ok(sent)
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
    let account = charged(state, &claimed).await?;
    if let Some(refused) = refused(state, &claimed, account).await? {
        put_off(state, &db, (&claimed, account), refused).await?;
        return Ok(Done::Other);
    }
    let now = state.clock.now();
    let begun = db.write(async |conn| begin_within(conn, &claimed, now).await);
    if !begun.await? {
        return Ok(Done::Other);
    }
    match turn.send(&claimed.letter).await {
        Ok(()) => {
            let ids = claimed.ids();
            db.write(async |conn| repo::delete(conn, org_id, &ids).await)
                .await?;
            Ok(Done::Sent)
        }
        Err(unsent) => failed(state, &db, &claimed, &unsent).await,
    }
}

/// The account that the mail counts for. Of several that caused it, it is the one that may still send most: what an
/// account has used up holds back its own mail only.
async fn charged(state: &AppState, claimed: &Claimed) -> Result<Option<AccountId>> {
    let accounts = &claimed.accounts;
    if accounts.len() < 2 || claimed.counted_at.is_some() {
        return Ok(accounts.first().copied());
    }
    let whom: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let fullest = fullest(state, MAIL_OF_ACCOUNT, &whom).await?;
    Ok(accounts.get(fullest).copied())
}

/// Counts the mail towards its allowances, unless it has counted.
async fn refused(
    state: &AppState,
    claimed: &Claimed,
    account: Option<AccountId>,
) -> Result<Option<Refused>> {
    if claimed.counted_at.is_some() || !state.mailer.sends() {
        return Ok(None);
    }
    let mail = Allowed {
        org: &claimed.org,
        sent_by: account,
        to: &claimed.letter.to,
        is_member: claimed.is_to_member,
    };
    let counted = allowances(state, mail);
    let counted: Vec<(Rule, &str)> = counted.iter().map(|(rule, of)| (*rule, &**of)).collect();
    admit(state, &counted).await
}

/// Lets a mail wait until its allowance admits it. What is due and counts towards the same allowance waits with it, so
/// that not each of a hundred invitations has to find out by itself. For one recipient it then becomes one mail.
async fn put_off(
    state: &AppState,
    db: &Db,
    (claimed, account): (&Claimed, Option<AccountId>),
    refused: Refused,
) -> Result<()> {
    let now = state.clock.now();
    let (org_id, until) = (claimed.org.id, now + refused.wait);
    let is_of_sender = [MAIL_OF_ACCOUNT, MAIL_OF_NEW_ORG].contains(&refused.rule);
    let ids = claimed.ids();
    db.write(async |conn| repo::put_off(conn, org_id, &ids, until).await)
        .await?;
    let mut is_more = true;
    while is_more {
        is_more = db
            .write(async |conn| {
                let others = match (account, claimed.recipient_id) {
                    (Some(account), _) if is_of_sender => {
                        repo::uncounted_by(conn, org_id, account, now, PART).await?
                    }
                    (_, Some(recipient)) if !is_of_sender => {
                        repo::uncounted_to(conn, org_id, recipient, now, PART).await?
                    }
                    _ => Vec::new(),
                };
                repo::put_off(conn, org_id, &others, until).await?;
                Ok(!others.is_empty())
            })
            .await?;
    }
    Ok(())
}

/// Plans the next attempt, or gives up.
async fn failed(state: &AppState, db: &Db, claimed: &Claimed, unsent: &Unsent) -> Result<Done> {
    let now = state.clock.now();
    let cause = unsent.error.cause.as_ref();
    let problem = cause.map_or_else(|| unsent.error.to_string(), ToString::to_string);
    let cause = unsent.error.causes();
    let wait = usize::try_from(claimed.attempt - 1).ok();
    let wait = wait.and_then(|number| AGAIN.get(number));
    let (mail, org) = (claimed.letter.id, claimed.org.id);
    let next = if let Some(minutes) = wait {
        tracing::warn!(%mail, %org, minutes, cause, "a mail could not be sent and is tried again");
        Some(now + TimeDelta::minutes(*minutes))
    } else {
        tracing::error!(%mail, %org, cause, "a mail could not be sent and is not tried again");
        None
    };
    let apart = apart(claimed, unsent);
    let ids = claimed.ids();
    db.write(async |conn| {
        if !unsent.may_have_arrived {
            repo::set_certain(conn, org, &ids).await?;
        }
        if let Some((letter_id, ids)) = &apart {
            repo::separate(conn, org, ids, *letter_id).await?;
        }
        repo::set_failed(conn, org, &ids, next, &problem).await
    })
    .await?;
    Ok(if unsent.is_away {
        Done::Away
    } else {
        Done::Other
    })
}

/// Which missions of a mail that was refused become a mail of their own, and its `Message-ID`: half of them. So what the
/// mail server does not like about one mission is soon alone, and the others arrive.
fn apart(claimed: &Claimed, unsent: &Unsent) -> Option<(MailId, Vec<MailId>)> {
    let is_refused = match unsent.refusal {
        Some(Refusal::ForGood) => true,
        Some(Refusal::ForNow) => claimed.attempt > PATIENT,
        None => false,
    };
    if !is_refused || claimed.missions.len() < 2 {
        return None;
    }
    let (first, second) = claimed.missions.split_at(claimed.missions.len() / 2);
    let (first, second) = (first.concat(), second.concat());
    // The other half keeps the id.
    let ids = match second.contains(&claimed.letter_id()) {
        true => first,
        false => second,
    };
    let newest = ids.iter().max_by_key(|id| id.uuid()).copied();
    newest.map(|newest| (newest, ids))
}
