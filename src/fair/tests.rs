use std::pin::Pin;

use futures_util::FutureExt;

use super::lines::{QUEUE, RECENT};
use super::*;

/// A microsecond less than `RECENT`.
const ALMOST: std::time::Duration = std::time::Duration::from_micros(999_999);

type Entering<'a> = Pin<Box<dyn Future<Output = Result<Place<char>, Full>> + Send + 'a>>;

fn enter(gate: &Gate<char>, key: char) -> Place<char> {
    let entered = gate.enter(key).now_or_never();
    entered.expect("there is room").expect("a queue")
}

fn wait(gate: &Gate<char>, key: char) -> Entering<'_> {
    let mut entering: Entering = Box::pin(gate.enter(key));
    assert!((&mut entering).now_or_never().is_none(), "{key} waits");
    entering
}

fn taken(entering: &mut Entering) -> Option<Place<char>> {
    entering
        .now_or_never()
        .map(|entered| entered.expect("a place"))
}

#[tokio::test]
async fn a_key_may_hold_two_thirds_and_leaves_a_place_to_others() {
    let share = |capacity| Shares::always(capacity).alone;
    let shares: Vec<_> = (1..=10).map(share).collect();
    assert_eq!(shares, [1, 1, 2, 3, 4, 4, 5, 6, 6, 7]);
    for capacity in 1..=10 {
        let gate = Gate::new(capacity);
        let held: Vec<_> = (0..share(capacity)).map(|_| enter(&gate, 'a')).collect();
        let mut beyond = wait(&gate, 'a');
        assert!(gate.try_enter('a').is_none());
        assert_eq!(gate.try_enter('b').is_some(), capacity > 1);
        drop(held);
        drop(taken(&mut beyond).expect("a place became free"));
        assert!(gate.lock().is_idle());
    }
}

#[test]
fn a_key_yields_to_others_until_a_second_after_their_last_use() {
    let among: Vec<_> = (1..=12).map(|n| Shares::yielding(n).among_others).collect();
    assert_eq!(among, [1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
    let mut lines = Lines::new(9, Shares::yielding(9), |key| key != 'z');
    let start = Instant::now();
    let alone = (0..9).filter(|_| lines.take('a', 1, start)).count();
    assert_eq!(alone, 6);
    // Nobody yields to this one, not even while it holds a place.
    assert!(lines.take('z', 1, start));
    lines.leave('a', 1, start);
    assert!(lines.take('a', 1, start));
    lines.leave('z', 1, start);
    let waits = lines.ask('a', start).expect("a queue");
    let (_, mut granted) = waits.expect("its share is taken");
    assert!(lines.take('b', 1, start));
    lines.leave('b', 1, start);
    // Among others it may hold two, so it gets no further place before it holds one.
    lines.leave('a', 4, start);
    assert!(granted.try_recv().is_err());
    lines.leave('a', 1, start);
    assert!(granted.try_recv().is_ok());
    assert!(!lines.take('a', 1, start + ALMOST));
    assert!(lines.take('a', 1, start + RECENT));
    // Whoever holds a place uses the gate, however long ago it came.
    assert!(lines.take('b', 1, start));
    let later = start + 10 * RECENT;
    assert!(!lines.take('a', 1, later));
    lines.leave('b', 1, later);
    assert!(!lines.take('a', 1, later + ALMOST));
    assert!(lines.take('a', 1, later + RECENT));
}

#[test]
fn those_who_wait_get_what_time_alone_makes_free_before_others_of_their_key() {
    let mut lines = Lines::new(9, Shares::yielding(9), |_| true);
    let start = Instant::now();
    assert!(lines.take('b', 1, start));
    lines.leave('b', 1, start);
    assert_eq!((0..9).filter(|_| lines.take('a', 1, start)).count(), 2);
    let mut wait = || {
        let waits = lines.ask('a', start + ALMOST).expect("a queue");
        waits.expect("its share is taken").1
    };
    let mut tickets = [wait(), wait()];
    lines.grant_all(start + ALMOST);
    assert!(
        tickets
            .iter_mut()
            .all(|granted| granted.try_recv().is_err())
    );
    // 'b' has not used it for a second: six places, of which two are held and two were waited for.
    for _ in 0..2 {
        let got = lines.ask('a', start + RECENT).expect("a queue");
        assert!(got.is_none(), "there is room behind those who waited");
    }
    assert!(tickets.iter_mut().all(|granted| granted.try_recv().is_ok()));
    let waits = lines.ask('a', start + RECENT).expect("a queue");
    assert!(waits.is_some(), "it holds six");
}

#[tokio::test]
async fn a_free_place_goes_to_the_key_that_holds_the_fewest() {
    let gate = Gate::new(3);
    let (a1, a2, b1) = (enter(&gate, 'a'), enter(&gate, 'a'), enter(&gate, 'b'));
    let (mut a3, mut b2, mut c1) = (wait(&gate, 'a'), wait(&gate, 'b'), wait(&gate, 'c'));
    drop(a1);
    let c1 = taken(&mut c1).expect("it holds none");
    drop(c1);
    // Both hold one now, and the other one came first.
    let a3 = taken(&mut a3).expect("it is its turn");
    assert!(taken(&mut b2).is_none());
    drop(a2);
    let b2 = taken(&mut b2).expect("it is the only one");
    drop((a3, b1, b2));
    assert!(gate.lock().is_idle());
}

#[tokio::test]
async fn keys_take_turns_at_a_single_place() {
    let gate = Gate::new(1);
    let mut held = enter(&gate, 'a');
    let mut queue: Vec<_> = "aaaabbcab".chars().map(|key| wait(&gate, key)).collect();
    let mut order = Vec::new();
    while order.len() < queue.len() {
        drop(held);
        let next = queue.iter_mut().enumerate();
        let mut next = next.filter_map(|(at, entering)| Some((at, taken(entering)?)));
        let (at, place) = next.next().expect("one of them");
        assert!(next.next().is_none(), "two places");
        order.push((place.key, at));
        held = place;
        // A future must not be polled again when it is done.
        queue[at] = std::future::pending().boxed();
    }
    let keys: String = order.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, "abcababaa");
    // Within a key, in the order of arrival.
    for key in "abc".chars() {
        let of_key = order.iter().filter(|(of, _)| *of == key);
        assert!(of_key.map(|(_, at)| at).is_sorted());
    }
}

#[tokio::test]
async fn several_places_are_taken_together_or_not_at_all() {
    let gate = Gate::new(6);
    let three = gate.try_enter_many('a', 3).expect("there is room");
    assert!(gate.try_enter_many('a', 2).is_none());
    let one = gate.try_enter_many('a', 1).expect("its share is four");
    assert!(gate.try_enter_many('b', 3).is_none());
    assert_eq!(gate.held(), 4);
    let mut waits = wait(&gate, 'a');
    drop(three);
    assert!(taken(&mut waits).is_some());
    drop(one);
    assert_eq!(gate.held(), 0);
}

#[tokio::test]
async fn the_queue_of_a_key_is_bounded_and_that_of_another_is_not_touched() {
    let gate = Gate::new(1);
    let held = enter(&gate, 'a');
    let mut queue: Vec<_> = (0..QUEUE).map(|_| wait(&gate, 'a')).collect();
    let beyond = gate.enter('a').now_or_never();
    assert_eq!(beyond.expect("at once").err(), Some(Full));
    let mut other = wait(&gate, 'b');
    // Whoever gives up makes room for another.
    drop(queue.remove(QUEUE / 2));
    queue.push(wait(&gate, 'a'));
    drop(held);
    assert!(taken(&mut queue[0]).is_some());
    assert!(taken(&mut other).is_some());
}

#[tokio::test]
async fn a_grant_to_somebody_who_has_gone_goes_to_the_next() {
    let gate = Gate::new(1);
    let held = enter(&gate, 'a');
    let (gone, mut next) = (wait(&gate, 'a'), wait(&gate, 'b'));
    // It is granted and was not polled since.
    drop(held);
    drop(gone);
    drop(taken(&mut next).expect("the place was handed on"));
    // The same when nobody else waits.
    let held = enter(&gate, 'a');
    let gone = wait(&gate, 'a');
    drop(held);
    drop(gone);
    drop(enter(&gate, 'b'));
    assert!(gate.lock().is_idle());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_place_is_lost_or_given_twice_among_many_that_come_and_go() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (gate, inside) = (Gate::new(5), Arc::new(AtomicUsize::new(0)));
    let tasks = (0..64_u32).map(|task| {
        let (gate, inside) = (gate.clone(), Arc::clone(&inside));
        tokio::spawn(async move {
            for round in 0..200_u32 {
                let mut entering = Box::pin(gate.enter(task % 7));
                let looked = (&mut entering).now_or_never();
                // Every third gives up after one look.
                if looked.is_none() && (task + round) % 3 == 0 {
                    drop(entering);
                    tokio::task::yield_now().await;
                    continue;
                }
                let place = match looked {
                    Some(entered) => entered,
                    None => entering.await,
                };
                let place = place.expect("the queue is long enough");
                assert!(inside.fetch_add(1, Ordering::SeqCst) < 5);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                drop(place);
            }
        })
    });
    futures_util::future::try_join_all(tasks)
        .await
        .expect("no panic");
    assert!(gate.lock().is_idle());
}
