//! The commands that docs/operations.md prints for a running server.

use tempfile::TempDir;

use super::program::Server;
use crate::support::{Need, has};

#[tokio::test(flavor = "multi_thread")]
async fn the_probes_answer_what_the_documentation_says() {
    if !has(Need::Curl) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let server = Server::start(&folder, &[]).await;
    let documentation = include_str!("../../docs/operations.md");
    let (_, probes) = documentation.split_once("## Probes").expect("a section");
    let (_, block) = probes.split_once("```sh\n").expect("commands");
    let (block, _) = block.split_once("```").expect("an end");
    assert_eq!(block.lines().count(), 2);
    for line in block.lines() {
        let (command, answer) = line.split_once("# ").expect("an answer");
        let command = command.replace("127.0.0.1:8000", &server.address);
        let mut shell = tokio::process::Command::new("sh");
        let done = shell
            .args(["-c", &command])
            .output()
            .await
            .expect("a shell");
        assert_eq!(String::from_utf8_lossy(&done.stdout), answer, "{command}");
    }
}
