//! Something between a server and PostgreSQL, which can fall silent or break the connections, and notes what is sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::TestApp;

/// What happens to what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It arrives.
    Passes,
    /// It does not arrive, as if PostgreSQL hung. Connections stay open, and new ones are taken.
    Silent,
    /// What is sent on new connections does not arrive yet.
    HoldsNew,
    /// Each connection breaks, as if PostgreSQL were stopped.
    Broken,
}

/// Passes on what a server and PostgreSQL say to each other.
pub struct Between {
    /// The `DATABASE_URL` that leads through it.
    pub url: String,
    mode: Arc<Sender<Mode>>,
    sent: Sent,
    _tasks: JoinSet<()>,
}

/// What the server has sent, over all its connections.
type Sent = Arc<Mutex<Vec<u8>>>;

impl Between {
    /// Stands in front of the database of an application.
    pub async fn start(app: &TestApp) -> Self {
        Self::before(&app.url_of_server()).await
    }

    /// Stands in front of the database of a URL.
    pub async fn before(url: &str) -> Self {
        let (before, rest) = url.split_once('@').expect("a user");
        let (address, name) = rest.split_once('/').expect("a name");
        let to: SocketAddr = address.parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address");
        let mode = Arc::new(channel(Mode::Passes).0);
        let mut tasks = JoinSet::new();
        let modes = Arc::clone(&mode);
        let sent = Sent::default();
        let noted = Arc::clone(&sent);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                connections.spawn(connect(stream, to, modes.subscribe(), noted));
            }
        });
        Self {
            url: format!("{before}@{own}/{name}"),
            mode,
            sent,
            _tasks: tasks,
        }
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How often the server has sent a text. For servers that use one connection at a time: what others send could come in
    /// between.
    pub fn count(&self, text: &str) -> usize {
        let sent = self.sent.lock().expect("no panic");
        String::from_utf8_lossy(&sent).matches(text).count()
    }
}

async fn connect(from: TcpStream, to: SocketAddr, mut modes: Receiver<Mode>, sent: Sent) {
    let mut broken = modes.clone();
    let both = async {
        let _ = modes.wait_for(|mode| *mode == Mode::Passes).await;
        let to = TcpStream::connect(to).await.expect("PostgreSQL");
        let ((from_reader, from_writer), (to_reader, to_writer)) =
            (from.into_split(), to.into_split());
        tokio::select! {
            () = pass(from_reader, to_writer, modes.clone(), Some(sent)) => {}
            () = pass(to_reader, from_writer, modes.clone(), None) => {}
        }
    };
    tokio::select! {
        _ = broken.wait_for(|mode| *mode == Mode::Broken) => {}
        () = both => {}
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut modes: Receiver<Mode>,
    noted: Option<Sent>,
) {
    let mut bytes = [0; 16 * 1_024];
    loop {
        let Ok(count @ 1..) = from.read(&mut bytes).await else {
            return;
        };
        if let Some(noted) = &noted {
            noted.lock().expect("no panic").extend(&bytes[..count]);
        }
        let goes_on = |mode: &Mode| matches!(mode, Mode::Passes | Mode::HoldsNew);
        let _ = modes.wait_for(goes_on).await;
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
