//! Runs that cannot go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::http::limits::Limits;
use coulisses_crew::http::serve::{Stop, serve};
use coulisses_crew::workers::Workers;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Desk, with_the_roster_script};
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_says_why_it_cannot_begin() {
    with_the_roster_script(async |_, _, desk| {
        let wrong = ("owner@regie.example", "a wrong one");
        let (status, printed, complaint) = desk.roster_as(wrong, &["people"]).await;
        assert_eq!((status, printed.as_str()), (1, ""));
        assert!(
            complaint.ends_with(" (INVALID_CREDENTIALS)\n"),
            "{complaint}"
        );

        for (file, why) in [
            ("", "the file is empty"),
            (
                "prenom inconnu;mail\n",
                "no column of the first line is called name or nom; \
                 it has “prenom inconnu”, “mail”",
            ),
            (
                "PK\u{3}\u{4}\0\0",
                "this is not a text file; save the sheet as CSV",
            ),
        ] {
            desk.write(file);
            let (status, printed, complaint) = desk.roster(&["import", "people.csv"]).await;
            assert_eq!((status, printed.as_str()), (1, ""));
            assert_eq!(complaint, format!("roster.py: people.csv: {why}\n"));
        }
        let (status, _, complaint) = desk.roster(&["import", "none.csv"]).await;
        assert!(
            complaint.contains("No such file or directory: 'none.csv'"),
            "{complaint}"
        );
        assert_eq!(status, 1);

        // A port that nobody listens at any more.
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let away = Desk {
            url: url.clone(),
            ..desk
        };
        let (status, printed, complaint) = away.roster(&["people"]).await;
        assert_eq!((status, printed.as_str()), (1, ""));
        assert!(
            complaint.starts_with(&format!("roster.py: No answer from {url}/graphql: ")),
            "{complaint}"
        );
        assert!(
            complaint.ends_with("Does the server run, and is this its URL?\n"),
            "{complaint}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_says_where_it_stopped_when_the_session_ends() {
    with_the_roster_script(async |app, _, desk| {
        let (clock, asked) = (app.state.clock.clone(), Arc::new(AtomicUsize::new(0)));
        let router = app
            .router()
            .layer(from_fn(move |request: Request, next: Next| {
                // Signing in, the list of those who are there, and two people.
                if asked.fetch_add(1, Ordering::SeqCst) == 4 {
                    clock.advance(TimeDelta::days(1));
                }
                next.run(request)
            }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(serve(
            listener,
            move || router.clone(),
            Limits::default(),
            Workers::default(),
            Stop::at_once(CancellationToken::new()),
        ));

        let slow = Desk { url, ..desk };
        slow.write("name\nLéa\nSam\nNoé\nZoé\n");
        let (status, printed, complaint) = slow.roster(&["import", "people.csv"]).await;
        assert!(
            printed.ends_with("\n2 imported, 0 already there, 0 left out, 2 not tried\n"),
            "{printed}"
        );
        assert_eq!(
            complaint,
            "roster.py: people.csv: stopped at line 4; the lines from there on are \
             not imported: The session has ended, \
             or somebody ended it; run the command again to sign in (UNAUTHENTICATED)\n"
        );
        assert_eq!(status, 1);

        // Then it goes on where it stopped.
        let (status, printed, _) = slow.roster(&["import", "people.csv"]).await;
        assert!(
            printed.ends_with("\n2 imported, 2 already there, 0 left out\n"),
            "{printed}"
        );
        assert_eq!(status, 0);
        server.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_stops_where_a_role_is_too_low() {
    with_the_roster_script(async |_, world, desk| {
        let (tech, _) = world.member(Role::Tech).await;
        let me = tech.query("{ me { email } }").await;
        desk.write("name\nLéa\nSam\n");
        let as_tech = (me.str("/data/me/email"), PASSWORD);
        let (status, printed, complaint) = desk.roster_as(as_tech, &["import", "people.csv"]).await;
        assert!(
            printed.ends_with("\n0 imported, 0 already there, 0 left out, 2 not tried\n"),
            "{printed}"
        );
        assert!(
            complaint.starts_with("roster.py: people.csv: stopped at line 2; "),
            "{complaint}"
        );
        assert!(complaint.ends_with(" (FORBIDDEN)\n"), "{complaint}");
        assert_eq!(status, 1);
    })
    .await;
}
