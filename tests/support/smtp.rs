//! A mail server that takes one mail.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// Takes one mail and hands it over, with the commands that brought it and its lines unfolded.
pub async fn smtp_sink(listener: TcpListener) -> String {
    let (stream, _) = listener.accept().await.expect("the server connects");
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut mail = String::new();
    let mut in_mail = false;
    writer.write_all(b"220 sink\r\n").await.expect("a greeting");
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = match (in_mail, line.as_str()) {
            (true, ".") => {
                in_mail = false;
                "250 taken\r\n"
            }
            (true, line) => {
                mail.push_str(line);
                mail.push('\n');
                continue;
            }
            (false, "DATA") => {
                in_mail = true;
                "354 go on\r\n"
            }
            (false, "QUIT") => {
                let _ = writer.write_all(b"221 bye\r\n").await;
                break;
            }
            (false, line) => {
                mail.extend(["> ", line, "\n"]);
                "250 ok\r\n"
            }
        };
        writer.write_all(reply.as_bytes()).await.expect("a reply");
        if !in_mail && mail.contains("\n\n") {
            break;
        }
    }
    mail.replace("=\n", "").replace("=3D", "=")
}
