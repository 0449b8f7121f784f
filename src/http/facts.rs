//! What is known of a request when it ends: for its line in the log, for the metrics and for its span.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::response::Response;

use super::HttpState;
use crate::access::Requester;
use crate::error::ErrorCode;
use crate::graphql::request::Operation;
use crate::ids::{AccountId, OrgId};

/// What a request turns out to be, in the course of its work. Cheap to clone. The layer around all routes puts it into
/// the extensions of the request.
#[derive(Clone, Default)]
pub struct Facts {
    known: Arc<Mutex<Known>>,
    statements: Arc<AtomicU64>,
}

/// What is known of a request.
#[derive(Clone, Default)]
pub struct Known {
    /// The name of the GraphQL operation. It is a name of GraphQL's grammar, but as long as the client likes.
    pub operation: Option<String>,
    /// `query` or `mutation`.
    pub kind: Option<&'static str>,
    /// What the metrics call it.
    pub label: Option<String>,
    pub account_id: Option<AccountId>,
    pub org_id: Option<OrgId>,
    /// How long its body took to arrive. That depends on the client, so it does not count as slowness of the server.
    pub arrival: Duration,
}

impl Facts {
    /// The state for the request: its statements are counted.
    #[must_use]
    pub fn counting(&self, http: &HttpState) -> HttpState {
        let db = http.state.db.counted_by(Arc::clone(&self.statements));
        HttpState {
            state: http.state.with_db(db),
            ..http.clone()
        }
    }

    /// Notes the operation, when it is clear that it may run.
    pub fn runs(&self, operation: &Operation, label: String) {
        let mut known = self.lock();
        known.operation.clone_from(&operation.name);
        known.kind = Some(operation.kind());
        known.label = Some(label);
    }

    /// Notes how long the body took to arrive.
    pub fn arrived(&self, since: Instant) {
        self.lock().arrival = since.elapsed();
    }

    /// Notes who asks.
    pub fn asked_by(&self, requester: &Requester) {
        let mut known = self.lock();
        known.account_id = Some(requester.account_id);
        known.org_id = requester.member.map(|member| member.org_id);
    }

    /// What is known so far.
    pub fn known(&self) -> Known {
        self.lock().clone()
    }

    /// How many statements ran so far, without transaction control.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes on a response with which error code it answers. Of several errors it is the first one.
pub fn failed(mut response: Response, code: ErrorCode) -> Response {
    response.extensions_mut().insert(code);
    response
}
