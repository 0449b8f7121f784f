//! Sending and receiving on a connection to PostgreSQL.

use std::pin::pin;
use std::task::Poll;

/// Sends and receives on a connection, until its client is dropped or it breaks.
///
/// Each time there is something to do, it lets the other tasks of its thread run first. What they want to send goes out
/// together then: the COMMIT of one request with the BEGIN of the next, for example.
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
