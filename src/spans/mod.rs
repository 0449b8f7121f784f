//! One span for each request, for a collector that takes OTLP (`OTEL_EXPORTER_OTLP_ENDPOINT`). Off by default.
//!
//! A request puts its span into a queue and never waits for the collector. A task takes batches out of the queue and
//! posts them.
//!
//! The crates of OpenTelemetry do this as well. But they read many variables of the environment past src/config, do not
//! tell how many spans were lost, and bring a dozen crates, and the HTTP client would still be ours.

mod body;
mod collector;
mod export;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use export::{Exporting, Times};

/// How many spans may wait. A span has at most some 2 KB.
pub const MOST_WAITING: usize = 2_048;
/// How many spans are posted together.
pub const BATCH: usize = 512;

/// A request, as its collector sees it.
#[derive(Clone, Debug)]
pub struct Span {
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// 16 of them.
    pub span_id: String,
    /// The caller's span, if it named one.
    pub parent_id: Option<String>,
    /// There is a limited number of names, whatever clients send.
    pub name: String,
    /// Microseconds since 1970-01-01 UTC.
    pub begin: i64,
    pub took: Duration,
    /// By the names of OpenTelemetry's semantic conventions.
    pub attributes: Vec<(&'static str, Attribute)>,
    /// Whether the server is to blame for an error.
    pub has_failed: bool,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Attribute {
    Text(String),
    Number(u16),
}

/// The spans that wait for their export. Cheap to clone.
#[derive(Clone, Default)]
pub struct Spans(Arc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Span>>,
    /// Told when there is a batch.
    has_batch: Notify,
}

impl Spans {
    /// Puts a span into the queue. `false` if there was no room, and the span is lost.
    pub fn add(&self, span: Span) -> bool {
        let mut waiting = self.lock();
        let has_room = waiting.len() < MOST_WAITING;
        if has_room {
            waiting.push_back(span);
        }
        if waiting.len() >= BATCH {
            self.0.has_batch.notify_one();
        }
        has_room
    }

    /// Resolves when there is a batch.
    async fn has_batch(&self) {
        while self.lock().len() < BATCH {
            self.0.has_batch.notified().await;
        }
    }

    /// Takes at most a batch of the oldest spans.
    fn take(&self) -> Vec<Span> {
        let mut waiting = self.lock();
        let count = waiting.len().min(BATCH);
        waiting.drain(..count).collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Span>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(number: usize) -> Span {
        Span {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            span_id: format!("{:016x}", number + 1),
            parent_id: None,
            name: "query me".to_owned(),
            begin: 0,
            took: Duration::ZERO,
            attributes: Vec::new(),
            has_failed: false,
        }
    }

    #[test]
    fn a_span_beyond_the_room_is_lost_and_the_others_come_in_order() {
        let spans = Spans::default();
        for number in 0..MOST_WAITING {
            assert!(spans.add(span(number)));
        }
        assert!(!spans.add(span(MOST_WAITING)));
        let batch = spans.take();
        assert_eq!(batch.len(), BATCH);
        assert_eq!(batch[0].span_id, span(0).span_id);
        assert!(spans.add(span(MOST_WAITING)));
        let rest: Vec<_> = std::iter::repeat_with(|| spans.take())
            .take_while(|batch| !batch.is_empty())
            .flatten()
            .collect();
        assert_eq!(rest.len(), MOST_WAITING - BATCH + 1);
        assert_eq!(rest[0].span_id, span(BATCH).span_id);
    }
}
