//! When the server stops, and when it stops waiting for what still runs.

use std::io;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long requests, mutations and mail may take when the server stops. A request takes 15 s at most, and a mutation
/// that is not done by then has a statement's 10 s left.
pub const MOST: Duration = Duration::from_secs(25);

/// Cancels `begun` at the first signal. Resolves at the second one, or when the time is up: then nothing is waited for.
pub async fn over(mut signal: impl AsyncFnMut(), most: Duration, begun: &CancellationToken) {
    signal().await;
    let seconds = most.as_secs();
    tracing::info!(
        seconds,
        "stopping: requests have this long to finish, or until another signal"
    );
    begun.cancel();
    tokio::select! {
        () = signal() => tracing::warn!("a second signal came: what still runs is given up"),
        () = tokio::time::sleep(most) => {
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

    #[tokio::test]
    async fn nothing_is_waited_for_when_the_time_is_up() {
        let begun = CancellationToken::new();
        over(signals(1), Duration::from_millis(1), &begun).await;
        assert!(begun.is_cancelled());
    }

    #[tokio::test]
    async fn nothing_is_waited_for_after_a_second_signal() {
        let begun = CancellationToken::new();
        over(signals(2), Duration::MAX, &begun).await;
        assert!(begun.is_cancelled());
    }

    #[tokio::test]
    async fn it_does_not_stop_by_itself() {
        let begun = CancellationToken::new();
        let over = over(signals(0), Duration::ZERO, &begun);
        let ended = tokio::time::timeout(Duration::from_millis(1), over).await;
        assert!(ended.is_err() && !begun.is_cancelled());
    }
}
