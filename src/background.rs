//! Tasks that go on for as long as the server does.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// The usual pause before a task begins again, in which others can work if it panics each time.
pub const PAUSE: Duration = Duration::from_secs(10);

/// Runs a task until it ends, and begins it again after a pause if it panics: nobody else does its work. Counts the
/// panics under the name of the task. The log has the place of each.
pub async fn lasting<F: Future<Output = ()>>(
    task: &'static str,
    pause: Duration,
    metrics: &Metrics,
    stop: &CancellationToken,
    begin: impl Fn() -> F,
) {
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        metrics.task_panicked(task);
        tracing::error!(
            task,
            seconds = pause.as_secs(),
            "a task panicked and begins again after a pause"
        );
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use prometheus_client::encoding::text;
    use prometheus_client::registry::Registry;

    use super::*;

    /// Panics so many times before it ends.
    async fn panics(times: &Cell<u32>) {
        if let Some(left) = times.get().checked_sub(1) {
            times.set(left);
            panic!("as the test wants it");
        }
    }

    fn shown(metrics: &Metrics) -> String {
        let (mut registry, mut shown) = (Registry::default(), String::new());
        metrics.register(&mut registry);
        text::encode(&mut shown, &registry).expect("text");
        shown
    }

    #[tokio::test]
    async fn a_task_that_panics_begins_again_and_is_counted() {
        let (metrics, stop) = (Metrics::default(), CancellationToken::new());
        let times = Cell::new(2);
        lasting("mail", Duration::ZERO, &metrics, &stop, || panics(&times)).await;
        assert_eq!(times.get(), 0);
        let shown = shown(&metrics);
        assert!(
            shown.contains("task_panics_total{task=\"mail\"} 2"),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn a_task_that_panics_does_not_begin_again_when_the_server_stops() {
        let (metrics, stop) = (Metrics::default(), CancellationToken::new());
        stop.cancel();
        let times = Cell::new(2);
        lasting("mail", PAUSE, &metrics, &stop, || panics(&times)).await;
        assert_eq!(times.get(), 1);
    }
}
