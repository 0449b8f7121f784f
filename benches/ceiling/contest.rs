//! Servers that answer the same requests by turns, so that what else goes on on the machine slows down all of them.

use std::time::Duration;

use crate::common::median;
use crate::load::{Answered, Until, alone, load};
use crate::processes::{Postgres, Server};
use crate::{CLIENTS, Plan};

/// A server and what it is asked.
pub struct Contestant<'a> {
    server: &'a Server,
    requests: Vec<String>,
    /// Where the CPU time of its database is read.
    postgres: Option<&'a Postgres>,
}

/// What was measured of a contestant.
#[derive(Default)]
pub struct Figures {
    /// Requests a second, of each round.
    pub rates: Vec<f64>,
    /// The median of one client.
    pub alone: Duration,
    /// CPU time of a request.
    pub server: Option<Duration>,
    /// The database's.
    pub database: Option<Duration>,
}

/// The CPU times of a server and its database.
type Cpu = (Option<Duration>, Option<Duration>);

impl<'a> Contestant<'a> {
    pub fn new(server: &'a Server, requests: Vec<String>, postgres: Option<&'a Postgres>) -> Self {
        Self {
            server,
            requests,
            postgres,
        }
    }

    fn load(&self, lasting: Duration) -> Answered {
        let until = Until::Passed(lasting);
        let answered = load(self.server.address, &self.requests, CLIENTS, until);
        assert_eq!(answered.refused, 0, "requests were refused");
        answered
    }

    fn cpu(&self) -> Cpu {
        (self.server.cpu(), self.postgres.and_then(Postgres::cpu))
    }
}

/// Measures each contestant in each round. `tidy` runs after each of them.
pub async fn contest(
    plan: Plan,
    contestants: &[Contestant<'_>],
    tidy: impl AsyncFn(),
) -> Vec<Figures> {
    for contestant in contestants {
        contestant.load(plan.warm_up);
        tidy().await;
    }
    let mut figures: Vec<Figures> = contestants.iter().map(|_| Figures::default()).collect();
    let mut spent: Vec<(usize, Cpu)> = contestants.iter().map(|_| (0, no_time())).collect();
    for _ in 0..plan.rounds {
        for ((contestant, figures), spent) in contestants.iter().zip(&mut figures).zip(&mut spent) {
            let before = contestant.cpu();
            let answered = contestant.load(plan.round);
            let after = contestant.cpu();
            tidy().await;
            figures.rates.push(answered.rate());
            spent.0 += answered.requests;
            spent.1.0 = more(spent.1.0, before.0, after.0);
            spent.1.1 = more(spent.1.1, before.1, after.1);
        }
    }
    for ((contestant, figures), (requests, cpu)) in contestants.iter().zip(&mut figures).zip(spent)
    {
        let requests = u32::try_from(requests).expect("not that many");
        figures.server = cpu.0.map(|cpu| cpu / requests);
        figures.database = cpu.1.map(|cpu| cpu / requests);
        let until = Until::Passed(plan.round);
        figures.alone = median(&alone(
            contestant.server.address,
            &contestant.requests,
            until,
        ));
        tidy().await;
    }
    figures
}

fn no_time() -> Cpu {
    (Some(Duration::ZERO), Some(Duration::ZERO))
}

fn more(
    sum: Option<Duration>,
    before: Option<Duration>,
    after: Option<Duration>,
) -> Option<Duration> {
    Some(sum? + after?.checked_sub(before?)?)
}
