//! What the server writes to its log.

use std::sync::Mutex;

use tracing::Dispatch;
use tracing::subscriber::set_default;

/// Runs something and returns what it logs on this thread.
pub async fn logged(work: impl Future<Output = ()>) -> String {
    let mut log = tempfile::tempfile().expect("a file");
    let lines = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(Mutex::new(log.try_clone().expect("the same file")));
    // With one subscriber alone, tracing asks the thread that logs first whether anybody listens, and keeps its answer
    // for all. That may be another test's thread.
    let _second = Dispatch::new(tracing_subscriber::registry());
    let listening = set_default(lines.finish());
    work.await;
    drop(listening);
    let mut text = Vec::new();
    std::io::Seek::rewind(&mut log).expect("its begin");
    std::io::Read::read_to_end(&mut log, &mut text).expect("the log");
    String::from_utf8_lossy(&text).into_owned()
}
