//! Runs after the tests and says what was left out of them: a test without what it needs is "ok" to the harness.

#[path = "support/needs.rs"]
mod needs;

fn main() {
    // A tool that asks for the names of tests wants nothing else.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let left_out: Vec<_> = needs::NEEDS
        .into_iter()
        .filter(|need| !need.is_there())
        .collect();
    for need in &left_out {
        println!("LEFT OUT: {need}");
    }
    if left_out.is_empty() {
        println!("nothing is missing that a test needs");
    }
}
