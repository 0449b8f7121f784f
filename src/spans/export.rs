//! The task that exports spans.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::collector::Collector;
use super::{Spans, body};
use crate::error::chain;
use crate::state::AppState;

/// How long the exporter waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a batch to become full.
    pub batch: Duration,
    /// For the answer of the collector.
    pub post: Duration,
    /// Before it sends a batch once more to a collector that is busy.
    pub pause: Duration,
    /// At the end of the server, for all that is not exported yet.
    pub end: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            batch: Duration::from_secs(5),
            post: Duration::from_secs(10),
            pause: Duration::from_secs(1),
            end: Duration::from_secs(2),
        }
    }
}

/// An export that runs in the background. It is aborted when this is dropped.
pub struct Exporting {
    task: AbortOnDropHandle<()>,
    stop: CancellationToken,
    end: Duration,
}

impl Exporting {
    /// Begins to export. `None` if the configuration names no collector.
    pub fn start(state: &AppState, times: Times) -> Option<Self> {
        let config = &state.config;
        let exporter = Exporter {
            spans: state.spans.clone()?,
            collector: Collector {
                authority: config.collector.clone()?,
                times,
            },
            service: config.service_name.clone(),
            dropped: state.metrics.spans_dropped.clone(),
            told: 0,
            lost_lately: 0,
            is_away: false,
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(exporter.run(times.batch, stop.clone()));
        Some(Self {
            task: AbortOnDropHandle::new(task),
            stop,
            end: times.end,
        })
    }

    /// Exports what still waits, as far as there is time, and ends.
    pub async fn finish(self) {
        self.stop.cancel();
        if tokio::time::timeout(self.end, self.task).await.is_err() {
            tracing::warn!("the server ends before all spans are exported");
        }
    }
}

struct Exporter {
    spans: Spans,
    collector: Collector,
    service: String,
    /// Counts the spans that were lost, here and where there was no room.
    dropped: Counter,
    /// How many of them the log has told of.
    told: u64,
    /// How many were lost since all spans of a batch were taken.
    lost_lately: u64,
    /// Whether the collector did not take the last batch.
    is_away: bool,
}

impl Exporter {
    async fn run(mut self, patience: Duration, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let is_full = async {
                // One full batch after the other would be made for nobody.
                match self.is_away {
                    true => std::future::pending().await,
                    false => self.spans.has_batch().await,
                }
            };
            tokio::select! {
                _ = tokio::time::timeout(patience, is_full) => {}
                () = stop.cancelled() => {}
            }
            self.export_batch().await;
        }
        while self.export_batch().await {}
    }

    /// Exports a batch. `false` if there was nothing to export.
    async fn export_batch(&mut self) -> bool {
        let batch = self.spans.take();
        if batch.is_empty() {
            return false;
        }
        let count = batch.len();
        let sent = self.collector.send(body::of(&batch, &self.service)).await;
        self.is_away = sent.is_err();
        let (lost, cause) = match sent {
            Ok(taken) => (taken.refused.min(count), taken.reason),
            Err(error) => (count, chain(&*error)),
        };
        self.dropped.inc_by(lost as u64);
        self.tell(&cause);
        true
    }

    /// Tells the log when spans begin to get lost, and when that is over.
    fn tell(&mut self, cause: &str) {
        let lost = self.dropped.get() - self.told;
        self.told += lost;
        if lost == 0 && self.lost_lately > 0 {
            tracing::info!(lost = self.lost_lately, "spans are exported again");
            self.lost_lately = 0;
        } else if lost > 0 && self.lost_lately == 0 {
            tracing::warn!(
                lost,
                cause,
                "spans are lost: the collector does not take them"
            );
        }
        self.lost_lately += lost;
    }
}
