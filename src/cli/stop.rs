//! When the server stops, and when it stops waiting for what still runs.

use std::io;
use std::time::Duration;

use coulisses_crew::http::serve::Stop;

/// How long requests, mutations and mail may take when the server stops. A request takes 15 s at most, and a mutation
/// that is not done by then has a statement's 10 s left.
pub const MOST: Duration = Duration::from_secs(25);

/// Cancels `begun` at the first signal. Resolves at the second one, or `most` after the grace: then nothing is waited for.
pub async fn over(mut signal: impl AsyncFnMut(), stop: &Stop, most: Duration) {
    signal().await;
    let (grace, seconds) = (stop.grace.as_secs(), most.as_secs());
    tracing::info!(
        grace,
        seconds,
        "stopping: still accepting requests for `grace` s, then waiting up to `seconds` s for those that run; a second signal stops at once"
    );
    stop.begun.cancel();
    tokio::select! {
        () = signal() => tracing::warn!("a second signal came: what still runs is given up"),
        () = tokio::time::sleep(stop.grace.saturating_add(most)) => {
            tracing::warn!("some requests, mutations or mails did not finish in time");
        }
    }
}

/// Resolves at each Ctrl-C and, where there are signals, at each SIGTERM.
///
/// # Errors
/// If the system does not let the program handle the signals.
pub fn signals() -> io::Result<impl AsyncFnMut()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async || {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// Signals that come at once, so many of them.
    fn signals(mut count: u32) -> impl AsyncFnMut() {
        async move || {
            if count == 0 {
                std::future::pending::<()>().await;
            }
            count -= 1;
        }
    }

    fn without_grace() -> Stop {
        Stop::at_once(CancellationToken::new())
    }

    #[tokio::test]
    async fn nothing_is_waited_for_when_the_time_is_up() {
        let stop = without_grace();
        over(signals(1), &stop, Duration::from_millis(1)).await;
        assert!(stop.begun.is_cancelled());
    }

    #[tokio::test]
    async fn the_grace_comes_before_the_time_for_what_still_runs() {
        let stop = Stop {
            grace: Duration::from_millis(20),
            ..without_grace()
        };
        let begin = tokio::time::Instant::now();
        over(signals(1), &stop, Duration::from_millis(10)).await;
        assert!(begin.elapsed() >= Duration::from_millis(30));
    }

    #[tokio::test]
    async fn nothing_is_waited_for_after_a_second_signal() {
        let stop = without_grace();
        over(signals(2), &stop, Duration::MAX).await;
        assert!(stop.begun.is_cancelled());
    }

    #[tokio::test]
    async fn it_does_not_stop_by_itself() {
        let stop = without_grace();
        let over = over(signals(0), &stop, Duration::ZERO);
        let ended = tokio::time::timeout(Duration::from_millis(1), over).await;
        assert!(ended.is_err() && !stop.begun.is_cancelled());
    }
}
