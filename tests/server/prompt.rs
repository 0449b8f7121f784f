//! The prompt for a password at a terminal.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use tempfile::TempDir;

use super::binary::{BINARY, command};

/// Longer than any step takes.
const LIMIT: Duration = Duration::from_secs(30);
const PASSWORD: &str = "correct horse battery staple";

/// A terminal: the side of the person, and that of the program.
fn terminal() -> (File, OwnedFd) {
    // It must not block, so that the test can give up.
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    fcntl_setfl(&person, OFlags::NONBLOCK).expect("its mode");
    grantpt(&person).expect("its rights");
    unlockpt(&person).expect("its lock");
    let name = ptsname(&person, Vec::new()).expect("its name");
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let program = open(name.as_c_str(), flags, Mode::empty()).expect("its other side");
    (person.into(), program)
}

/// Does a step of the conversation again and again until it is done. Fails if that takes too long.
fn until_done(what: &str, mut step: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !step() {
        assert!(Instant::now() < deadline, "{what} takes too long");
        std::thread::yield_now();
    }
}

/// Reads until these words have come.
fn read_until(terminal: &mut File, seen: &mut String, words: &str) {
    let mut part = [0; 256];
    until_done(words, || {
        match terminal.read(&mut part) {
            Ok(length) => seen.push_str(&String::from_utf8_lossy(&part[..length])),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{seen}"),
        }
        seen.contains(words)
    });
}

/// Types a password at each prompt, once the terminal no longer shows what is typed. Returns all that was shown, and
/// whether the command succeeded.
async fn create(folder: &TempDir, typed: [&'static str; 2]) -> (String, bool) {
    let (mut person, program) = terminal();
    let side = || Stdio::from(program.try_clone().expect("the terminal"));
    // setsid makes it the terminal of the program, where the prompt looks for it.
    let mut command = command("setsid", folder);
    command.args(["--ctty", "--wait", BINARY, "account", "create"]);
    command.args(["--email", "ada@example.org", "--name", "Ada"]);
    command.env("PATH", "/usr/bin:/bin").env("LOG_LEVEL", "off");
    command.stdin(side()).stdout(side()).stderr(side());
    let mut child = command.spawn().expect("setsid");
    drop(command);
    let shown = tokio::task::spawn_blocking(move || {
        let mut seen = String::new();
        for (prompt, password) in ["Password: ", "The same again: "].into_iter().zip(typed) {
            read_until(&mut person, &mut seen, prompt);
            let shows = || {
                let modes = tcgetattr(&person).expect("its modes").local_modes;
                modes.contains(LocalModes::ECHO)
            };
            until_done("hiding what is typed", || !shows());
            person
                .write_all(format!("{password}\n").as_bytes())
                .expect("typed");
        }
        let words = if typed[0] == typed[1] {
            "account_"
        } else {
            "differ"
        };
        read_until(&mut person, &mut seen, words);
        seen
    });
    let shown = shown.await.expect("an output");
    let status = child.wait().await.expect("a status");
    (shown, status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_asked_for_twice_and_not_shown() {
    let folder = TempDir::new().expect("a folder");
    let (shown, done) = create(&folder, [PASSWORD, "another one"]).await;
    assert!(
        !done && shown.contains("the two passwords differ"),
        "{shown}"
    );
    assert!(
        !shown.contains("horse") && !shown.contains("another one"),
        "{shown}"
    );
    let (shown, done) = create(&folder, [PASSWORD, PASSWORD]).await;
    assert!(done && !shown.contains("horse"), "{shown}");
}
