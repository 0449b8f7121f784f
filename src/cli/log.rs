//! Writes the log. Whoever logs never waits for the reader of standard error: a thread writes the lines, and lines are
//! dropped and counted while too many of them wait. Otherwise a pipe that nobody reads would stop every request.
//!
//! `tracing-appender` does almost the same. But it bounds the number of lines and not their bytes, does not count lines
//! that could not be written, and prints to standard output at the end if the queue is full, which may be the same pipe.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use coulisses_crew::config::{Config, LogFormat};
use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::EnvFilter;

/// How many bytes of lines may wait: some 10,000 lines.
const MOST_WAITING: usize = 4 * 1024 * 1024;
/// How long the program waits at its end for the lines that are not written yet.
const AT_THE_END: Duration = Duration::from_secs(1);

/// Hands lines to the thread that writes them.
#[derive(Clone)]
pub struct Lines {
    sender: mpsc::Sender<Item>,
    /// Bytes of the lines that wait.
    waiting: Arc<AtomicUsize>,
    dropped: Counter,
}

enum Item {
    Line(Vec<u8>),
    /// All lines before it are written when it is answered.
    End(mpsc::Sender<()>),
}

/// Begins to log as the configuration says. `dropped` counts the lines that are lost.
pub fn start(config: &Config, dropped: Counter) -> Lines {
    let lines = Lines::to(io::stderr(), dropped);
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.log_level))
        .with_writer(move || writer.clone())
        .with_ansi(io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => log.init(),
        // The fields of a line stand at its top, and the request that it belongs to in `span`.
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
    // The standard library's hook would wait for the reader, and its lines are no JSON.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, panic = panic.payload_as_str(), "the code panicked");
    }));
    lines
}

/// Writes why a command fails to standard error, whether or not it logs. Waits for the reader for a second at most.
pub fn last(text: String) {
    let (done, is_done) = mpsc::channel();
    let write = move || {
        let _ = io::stderr().write_all(text.as_bytes());
        let _ = done.send(());
    };
    if std::thread::Builder::new().spawn(write).is_ok() {
        let _ = is_done.recv_timeout(AT_THE_END);
    }
}

impl Lines {
    /// Starts the thread that writes lines. It ends with the program.
    fn to(output: impl Write + Send + 'static, dropped: Counter) -> Self {
        let (sender, items) = mpsc::channel();
        let lines = Self {
            sender,
            waiting: Arc::default(),
            dropped,
        };
        let (waiting, dropped) = (Arc::clone(&lines.waiting), lines.dropped.clone());
        let write = move || write_all(&items, output, &waiting, &dropped);
        let thread = std::thread::Builder::new().name("log".to_owned());
        if let Err(error) = thread.spawn(write) {
            eprintln!("coulisses-crew: nothing can be logged: {error}");
        }
        lines
    }

    /// Waits until all lines are written, but for a second at most.
    pub fn finish(&self) {
        let (done, is_done) = mpsc::channel();
        if self.sender.send(Item::End(done)).is_ok() {
            let _ = is_done.recv_timeout(AT_THE_END);
        }
    }
}

/// tracing writes each line with one call.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let before = self.waiting.fetch_add(line.len(), Ordering::Relaxed);
        let has_room = before + line.len() <= MOST_WAITING;
        if !has_room || self.sender.send(Item::Line(line.to_vec())).is_err() {
            self.waiting.fetch_sub(line.len(), Ordering::Relaxed);
            self.dropped.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what comes. When all of it is written, says how many lines are missing.
fn write_all(
    items: &mpsc::Receiver<Item>,
    mut output: impl Write,
    waiting: &AtomicUsize,
    dropped: &Counter,
) {
    let mut told = 0;
    while let Ok(item) = items.recv() {
        match item {
            Item::Line(line) => {
                if output.write_all(&line).is_err() {
                    // Nobody can be told any more.
                    dropped.inc();
                    told += 1;
                }
                waiting.fetch_sub(line.len(), Ordering::Relaxed);
            }
            Item::End(done) => {
                let _ = done.send(());
            }
        }
        let lost = dropped.get();
        if lost > told && waiting.load(Ordering::Relaxed) == 0 {
            tracing::warn!(
                lines = lost - told,
                "lines of the log were dropped, because nobody read them or writing them failed"
            );
            told = lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output that takes a line only when it is told to.
    struct Slow(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)?;
            self.1.send(line.to_vec()).map_err(io::Error::other)?;
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_beyond_the_room_are_dropped_and_counted_and_the_others_come_in_order() {
        let (take, taking) = mpsc::channel();
        let (written, lines_written) = mpsc::channel();
        let dropped = Counter::default();
        let mut lines = Lines::to(Slow(taking, written), dropped.clone());
        let count = 8;
        for number in 0..count + 3 {
            let line = vec![number; MOST_WAITING / usize::from(count)];
            lines.write_all(&line).expect("it never fails");
        }
        assert_eq!(dropped.get(), 3);
        for number in 0..count {
            take.send(()).expect("it is listening");
            assert_eq!(lines_written.recv().expect("a line")[0], number);
        }
        lines.finish();
        // There is room again.
        lines.write_all(b"more").expect("it never fails");
        take.send(()).expect("it is listening");
        assert_eq!(lines_written.recv().expect("a line"), b"more");
        assert_eq!(dropped.get(), 3);
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted() {
        let (take, taking) = mpsc::channel();
        drop(take);
        let dropped = Counter::default();
        let mut lines = Lines::to(Slow(taking, mpsc::channel().0), dropped.clone());
        lines.write_all(b"line").expect("it never fails");
        lines.finish();
        assert_eq!(dropped.get(), 1);
    }
}
