//! What the server counts for its operator. `http/metrics.rs` shows it to Prometheus.
//!
//! Each combination of labels takes memory here and in Prometheus for as long as they run. So a label is never what a
//! client or an organisation can choose: see [`crate::graphql::request::Documents::label`] for operations.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::error::ErrorCode;

/// The bounds of the durations, in seconds. A request takes 15 s at most.
const SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0,
];
/// The bounds of the numbers of statements.
const STATEMENTS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 100.0];

/// The counters. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    durations: Family<Outcome, Histogram, Bounds>,
    errors: Family<Failure, Counter>,
    statements: Family<Operation, Histogram, Bounds>,
    in_flight: Gauge,
    refused_sign_ins: Family<Reason, Counter>,
    task_panics: Family<Task, Counter>,
    /// Lines of the log that were lost.
    pub lines_dropped: Counter,
    /// Spans that were lost.
    pub spans_dropped: Counter,
}

/// A request that has ended.
pub struct Ended<'a> {
    /// What the metrics call its operation.
    pub operation: &'a str,
    /// `None` if the client had disconnected.
    pub status: Option<u16>,
    /// The code of its first error.
    pub code: Option<ErrorCode>,
    pub took: Duration,
    /// How many statements it ran.
    pub statements: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    operation: String,
    status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    operation: String,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Task {
    task: &'static str,
}

/// The bounds of a histogram.
#[derive(Clone, Copy)]
struct Bounds(&'static [f64]);

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            durations: Family::new_with_constructor(Bounds(&SECONDS)),
            errors: Family::default(),
            statements: Family::new_with_constructor(Bounds(&STATEMENTS)),
            in_flight: Gauge::default(),
            refused_sign_ins: Family::default(),
            task_panics: Family::default(),
            lines_dropped: Counter::default(),
            spans_dropped: Counter::default(),
        }
    }
}

impl Metrics {
    /// Counts a request that begins.
    pub fn begin(&self) {
        self.in_flight.inc();
    }

    /// Counts a request that has ended.
    #[expect(clippy::cast_precision_loss, reason = "nobody runs so many statements")]
    pub fn end(&self, request: &Ended<'_>) {
        self.in_flight.dec();
        let operation = || request.operation.to_owned();
        let outcome = Outcome {
            operation: operation(),
            status: request
                .status
                .map_or("none".to_owned(), |status| status.to_string()),
        };
        self.durations
            .get_or_create(&outcome)
            .observe(request.took.as_secs_f64());
        let of = Operation {
            operation: operation(),
        };
        self.statements
            .get_or_create(&of)
            .observe(request.statements as f64);
        if let Some(code) = request.code {
            let failure = Failure {
                operation: operation(),
                code: code.as_str(),
            };
            self.errors.get_or_create(&failure).inc();
        }
    }

    /// Counts a sign-in that was refused. There is a small number of reasons.
    pub fn sign_in_refused(&self, reason: &'static str) {
        self.refused_sign_ins
            .get_or_create(&Reason { reason })
            .inc();
    }

    /// Counts a panic of a task in the background.
    pub fn task_panicked(&self, task: &'static str) {
        self.task_panics.get_or_create(&Task { task }).inc();
    }

    /// Shows all of them.
    pub fn register(&self, to: &mut Registry) {
        to.register(
            "request_duration_seconds",
            "How long requests took, by operation and HTTP status",
            self.durations.clone(),
        );
        to.register(
            "request_errors",
            "Requests that failed wholly or in part, by operation and the code of the first error",
            self.errors.clone(),
        );
        to.register(
            "request_statements",
            "How many statements requests ran",
            self.statements.clone(),
        );
        to.register(
            "requests_in_flight",
            "Requests that are running",
            self.in_flight.clone(),
        );
        to.register(
            "sign_ins_refused",
            "Sign-ins that were refused, by reason",
            self.refused_sign_ins.clone(),
        );
        to.register(
            "task_panics",
            "Panics of tasks in the background, by task",
            self.task_panics.clone(),
        );
        to.register(
            "log_lines_dropped",
            "Lines of the log that were lost, because nobody read them or writing them failed",
            self.lines_dropped.clone(),
        );
        to.register(
            "spans_dropped",
            "Spans that were lost, because the collector did not take them",
            self.spans_dropped.clone(),
        );
    }
}
