//! Threads that each serve connections of their own, from the first byte of a request to the last one of its answer.
//!
//! A single runtime with several threads would move a request from thread to thread between its steps. Its rows would
//! then cross from one core to the other, its memory would be freed by a thread that did not take it, and all threads
//! would count the same references (docs/performance.md has the figures). So each worker is a runtime with a single
//! thread. It has connections to PostgreSQL of its own (`db/pg_pool.rs`) and its own copy of what requests share
//! (`AppState::apart`).

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};

/// The workers. Cheap to clone. Without any, all work is done where it is begun.
#[derive(Clone, Debug, Default)]
pub struct Workers(Arc<[Worker]>);

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// How many connections it serves.
    connections: AtomicUsize,
}

impl Workers {
    /// Starts workers, which end when [`Running`] is dropped.
    ///
    /// # Errors
    /// If the system gives no more threads.
    pub fn start(count: usize, blocking_threads: usize) -> io::Result<(Self, Running)> {
        let start = |_| {
            Builder::new_multi_thread()
                // One, so that no request moves to another thread.
                .worker_threads(1)
                .max_blocking_threads(blocking_threads)
                .thread_name("worker")
                .enable_all()
                .build()
        };
        let runtimes: Vec<Runtime> = (0..count).map(start).collect::<io::Result<_>>()?;
        let worker = |runtime: &Runtime| Worker {
            runtime: runtime.handle().clone(),
            connections: AtomicUsize::new(0),
        };
        let workers = Self(runtimes.iter().map(worker).collect());
        Ok((workers, Running(runtimes)))
    }

    /// Their runtimes.
    pub fn runtimes(&self) -> impl Iterator<Item = &Handle> {
        self.0.iter().map(|worker| &worker.runtime)
    }

    /// How many file descriptors they need for themselves: each runtime has four to wait for events and signals.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        4 * self.0.len()
    }

    /// How many threads serve connections.
    pub fn count(&self) -> usize {
        self.0.len().max(1)
    }

    /// Serves a connection on the worker that has the fewest of them. `with` gets its number, which is less than
    /// [`Self::count`].
    pub fn serve<S, F>(&self, stream: TcpStream, with: impl FnOnce(usize) -> S)
    where
        S: FnOnce(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(held) = self.take() else {
            tokio::spawn(with(0)(stream));
            return;
        };
        let serve = with(held.index);
        self.0[held.index].runtime.spawn(async move {
            let _held = held;
            // Its events shall wake this worker, and not the thread that has accepted it.
            match stream.into_std().and_then(TcpStream::from_std) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "a connection could not be given to a worker"),
            }
        });
    }

    /// Counts a connection for the worker that has the fewest; `None` without workers.
    fn take(&self) -> Option<Held> {
        let fewest = |index: &usize| self.0[*index].connections.load(Ordering::Relaxed);
        let index = (0..self.0.len()).min_by_key(fewest)?;
        self.0[index].connections.fetch_add(1, Ordering::Relaxed);
        let workers = self.clone();
        Some(Held { workers, index })
    }
}

/// The runtimes of workers. Dropping it ends them and waits for nothing.
#[must_use]
pub struct Running(Vec<Runtime>);

impl Drop for Running {
    fn drop(&mut self) {
        for runtime in self.0.drain(..) {
            runtime.shutdown_background();
        }
    }
}

/// A connection that a worker serves.
struct Held {
    workers: Workers,
    index: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        let worker = &self.workers.0[self.index];
        worker.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_with_the_fewest_connections_gets_the_next_one() {
        let (workers, _running) = Workers::start(2, 1).expect("two threads");
        let take = || workers.take().expect("a worker");
        let [one, two, three] = [take(), take(), take()];
        assert_eq!([one.index, two.index, three.index], [0, 1, 0]);
        drop(two);
        let (two, four) = (take(), take());
        assert_eq!([two.index, four.index], [1, 1]);
        assert!(Workers::default().take().is_none());
    }
}
