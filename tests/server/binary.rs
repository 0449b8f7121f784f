//! Runs the binary as operators do, in a folder of its own and without any setting of the machine.

use std::process::{Output, Stdio};

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

pub const BINARY: &str = env!("CARGO_BIN_EXE_coulisses-crew");

/// The command, with nothing set but what makes tests quick.
pub fn command(program: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder.path())
        .env_clear()
        .env("BCRYPT_COST", "4")
        .kill_on_drop(true);
    command
}

/// Runs it to its end with these arguments and this input.
pub async fn run(folder: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut command = command(BINARY, folder);
    command.args(arguments);
    output(command, input).await
}

/// Runs a command to its end.
pub async fn output(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary");
    let mut stdin = child.stdin.take().expect("its input");
    // A command that reads nothing may have closed it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    child.wait_with_output().await.expect("its output")
}

/// All that it printed.
pub fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}
