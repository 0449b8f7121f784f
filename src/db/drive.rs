//! Sending and receiving on a connection to PostgreSQL.

use std::pin::pin;
use std::task::Poll;

/// Sends and receives on a connection, until its client is dropped or it breaks.
///
/// Each time there is something to do, it lets the tasks of its thread that are ready run first. What they want to send goes
/// out together then: the COMMIT of one request with the BEGIN of the next, for example.
pub(super) fn drive(
    connection: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
) {
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        let mut has_waited = false;
        let ended = std::future::poll_fn(|wake| {
            has_waited = !has_waited;
            if has_waited {
                wake.waker().wake_by_ref();
                return Poll::Pending;
            }
            connection.as_mut().poll(wake)
        });
        if let Err(error) = ended.await {
            tracing::debug!(%error, "a connection to PostgreSQL broke");
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::task::Waker;

    use super::*;

    #[tokio::test]
    async fn what_other_tasks_want_to_send_is_there_when_a_connection_sends() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let waker: Arc<Mutex<Option<Waker>>> = Arc::default();
        let (noted, kept) = (Arc::clone(&order), Arc::clone(&waker));
        drive(std::future::poll_fn(move |wake| {
            noted.lock().expect("no panic").push("connection");
            *kept.lock().expect("no panic") = Some(wake.waker().clone());
            Poll::Pending
        }));
        let settle = async || {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        };
        settle().await;
        let woken = waker.lock().expect("no panic").take();
        woken.expect("it was polled").wake();
        let noted = Arc::clone(&order);
        tokio::spawn(async move { noted.lock().expect("no panic").push("request") });
        settle().await;
        // It does not run while nothing wakes it.
        assert_eq!(
            *order.lock().expect("no panic"),
            ["connection", "request", "connection"]
        );
    }
}
