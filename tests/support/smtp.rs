//! Mail servers: one that takes one mail, and one that takes its time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Sent;

/// Takes one mail and hands it over, with the commands that brought it and its lines unfolded.
pub async fn smtp_sink(listener: TcpListener) -> String {
    let (stream, _) = listener.accept().await.expect("the server connects");
    talk(stream, None).await
}

/// A mail server that takes a mail only when a test says so.
pub struct SlowMail {
    /// Its `SMTP_URL`.
    pub url: String,
    /// How many more mails it may take.
    pub may_take: Semaphore,
    /// Most connections that were open at the same time.
    pub most: AtomicUsize,
    open: AtomicUsize,
    /// The mails as they came, whether or not it has said that it took them.
    heard: Mutex<Vec<String>>,
    hearing: Semaphore,
    /// What it answers instead of taking a mail.
    pub refusal: Mutex<Option<&'static str>>,
    /// Refuses a mail whose text contains this.
    pub dislikes: Mutex<Option<&'static str>>,
    /// Whether it closes the connection when it has a mail, without an answer.
    hangs_up: AtomicBool,
    /// Whether it closes the connection before the mail.
    hangs_up_early: AtomicBool,
    taken: Mutex<Vec<String>>,
    arrived: Semaphore,
}

impl SlowMail {
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Arc::new(Self {
            url: format!("smtp://{}", listener.local_addr().expect("an address")),
            may_take: Semaphore::new(0),
            most: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            heard: Mutex::default(),
            hearing: Semaphore::new(0),
            refusal: Mutex::default(),
            dislikes: Mutex::default(),
            hangs_up: AtomicBool::new(false),
            hangs_up_early: AtomicBool::new(false),
            taken: Mutex::default(),
            arrived: Semaphore::new(0),
        });
        let own = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&own).serve(stream));
            }
        });
        server
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(open, Ordering::SeqCst);
        let mail = talk(stream, Some(&self)).await;
        self.taken.lock().expect("nobody panicked").push(mail);
        self.arrived.add_permits(1);
    }

    /// The mails that came so far, when there are so many more of them.
    pub async fn heard(&self, more: u32) -> Vec<String> {
        let heard = self.hearing.acquire_many(more).await;
        heard.expect("it stays open").forget();
        self.heard.lock().expect("nobody panicked").clone()
    }

    /// The mails that came so far.
    pub fn all_heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panicked").clone()
    }

    async fn take(&self, mail: &str) {
        self.heard
            .lock()
            .expect("nobody panicked")
            .push(mail.to_owned());
        self.hearing.add_permits(1);
        let permit = self.may_take.acquire().await;
        permit.expect("it stays open").forget();
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    /// Has it close the connection when it has a mail, without an answer, or no longer.
    pub fn hang_up(&self, hangs_up: bool) {
        self.hangs_up.store(hangs_up, Ordering::SeqCst);
    }

    /// Has it close the connection before the mail, or no longer.
    pub fn hang_up_early(&self, hangs_up: bool) {
        self.hangs_up_early.store(hangs_up, Ordering::SeqCst);
    }

    fn dislikes(&self, mail: &str) -> bool {
        let disliked = *self.dislikes.lock().expect("nobody panicked");
        disliked.is_some_and(|words| Sent::read(mail).text.contains(words))
    }

    fn is_rude(&self) -> bool {
        self.hangs_up_early.load(Ordering::SeqCst)
    }

    fn refuses(&self) -> Option<&'static str> {
        *self.refusal.lock().expect("nobody panicked")
    }

    /// The mails so far, when there are so many more of them.
    pub async fn after(&self, more: u32) -> Vec<String> {
        let arrived = self.arrived.acquire_many(more).await;
        arrived.expect("it stays open").forget();
        self.taken.lock().expect("nobody panicked").clone()
    }
}

/// One connection, up to its end. A slow server has to take its mail.
async fn talk(stream: TcpStream, slow: Option<&SlowMail>) -> String {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut mail = String::new();
    let mut in_mail = false;
    writer.write_all(b"220 sink\r\n").await.expect("a greeting");
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = match (in_mail, line.as_str()) {
            (true, ".") if slow.is_some_and(|server| server.dislikes(&mail)) => {
                "550 5.7.1 not these words\r\n"
            }
            (true, ".") => {
                in_mail = false;
                if let Some(server) = slow {
                    server.take(&mail).await;
                }
                if slow.is_some_and(|server| server.hangs_up.load(Ordering::SeqCst)) {
                    break;
                }
                "250 taken\r\n"
            }
            (true, line) => {
                mail.push_str(line);
                mail.push('\n');
                continue;
            }
            (false, line) if line.starts_with("MAIL") && slow.is_some_and(SlowMail::is_rude) => {
                break;
            }
            (false, "DATA") => {
                let refusal = slow.and_then(SlowMail::refuses);
                in_mail = refusal.is_none();
                refusal.unwrap_or("354 go on\r\n")
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
        if writer.write_all(reply.as_bytes()).await.is_err() {
            break;
        }
    }
    mail.replace("=\n", "").replace("=3D", "=")
}
