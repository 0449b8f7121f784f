//! The processes that are measured: the server, the bare handler, and PostgreSQL.

use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls, Row};

use crate::common::{Http, post};
use crate::rows::{Rows, email};
use crate::support::{PASSWORD, SECRET};
use crate::works::TITLE;
use crate::{CONNECTIONS, bare};

/// What the kernel counts CPU time in, on Linux.
const TICKS_A_SECOND: u64 = 100;

/// A process that serves. It ends when this is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Server {
    /// The server's own program: the one that `--binary` names, or that of this build.
    pub fn ours(database_url: &str) -> Self {
        let connections = CONNECTIONS.to_string();
        let mut arguments = std::env::args().skip_while(|argument| argument != "--binary");
        let program = match arguments.next() {
            // It does not start in this folder.
            Some(_) => std::fs::canonicalize(arguments.next().unwrap_or_default()),
            None => Ok(env!("CARGO_BIN_EXE_coulisses-crew").into()),
        };
        let program = program.expect("the program that --binary names");
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs([
                ("DATABASE_URL", database_url),
                ("DB_POOL_SIZE", &connections),
                ("SECRET_KEY", SECRET),
                ("ACCESS_TOKEN_MINUTES", "1440"),
                ("THROTTLE_ENABLED", "false"),
                // Without a proxy, all clients together could have the connections of one address only.
                ("TRUSTED_PROXIES", "1"),
                // Only the lines of its start, which name the port.
                ("LOG_LEVEL", "warn,coulisses_crew::cli=info"),
                ("PORT", "0"),
            ])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().expect("the server");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("GraphQL is at http://")?;
            rest.strip_suffix("/graphql")?.parse().ok()
        });
        // It must not wait for somebody to read what it says.
        std::thread::spawn(|| {
            lines
                .map_while(Result::ok)
                .filter(|line| !line.contains("INFO"))
                .for_each(|line| eprintln!("the server: {line}"));
        });
        Self::after(started, child, address.expect("the server's address"))
    }

    /// The bare handler: this program again.
    pub fn bare(database_url: &str) -> Self {
        let started = Instant::now();
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg(bare::ARGUMENT)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bare handler");
        writeln!(child.stdin.as_mut().expect("a pipe"), "{database_url}").expect("a line");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output.read_line(&mut line).expect("a line");
        let address = line.trim().parse().expect("the bare handler's address");
        Self::after(started, child, address)
    }

    fn after(started: Instant, child: Child, address: SocketAddr) -> Self {
        Http::connect(address).time("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Self {
            child,
            address,
            started_in: started.elapsed(),
        }
    }

    /// An access token of each organisation, through the API.
    pub fn sign_in(&self, rows: &Rows) -> Vec<String> {
        let mut http = Http::connect(self.address);
        let token = |org| {
            let body = json!({"email": email(org), "password": PASSWORD}).to_string();
            let (status, body) = http.send(&post("/api/v1/auth/login", None, &body));
            assert_eq!(status, 200, "{body}");
            let body: Value = serde_json::from_str(&body).expect("JSON");
            body["access_token"].as_str().expect("a token").to_owned()
        };
        (0..rows.orgs.len()).map(token).collect()
    }

    /// The CPU time that it has used so far, if the machine tells.
    pub fn cpu(&self) -> Option<Duration> {
        Some(stat(self.child.id())?.cpu)
    }

    /// Its resident memory in MiB, if the machine tells.
    pub fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// PostgreSQL, as its superuser.
pub struct Postgres {
    client: Client,
    /// The process whose children serve the connections.
    parent: Option<u32>,
}

impl Postgres {
    pub async fn connect(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls)
            .await
            .expect("PostgreSQL");
        tokio::spawn(connection);
        let row = client
            .query_one("SELECT pg_backend_pid()", &[])
            .await
            .expect("a number");
        let pid: i32 = row.get(0);
        let own = u32::try_from(pid).ok().and_then(stat);
        let parent = own
            .filter(|stat| stat.name == "postgres")
            .map(|stat| stat.parent);
        Self { client, parent }
    }

    pub async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.expect(sql);
    }

    pub async fn rows(&self, sql: &str) -> Vec<Row> {
        self.client.query(sql, &[]).await.expect(sql)
    }

    /// Removes what the benchmark has written.
    pub async fn tidy(&self) {
        self.run("DELETE FROM audit_log").await;
        self.run(&format!("DELETE FROM missions WHERE title = '{TITLE}'"))
            .await;
        self.run("VACUUM missions, audit_log").await;
    }

    /// The CPU time that all its connections have used so far, if it runs on this machine and the machine tells.
    pub fn cpu(&self) -> Option<Duration> {
        let parent = self.parent?;
        let processes = std::fs::read_dir("/proc").ok()?.flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let stats = pids.filter_map(stat).filter(|stat| stat.parent == parent);
        Some(stats.map(|stat| stat.cpu).sum())
    }
}

/// What the kernel tells of a process.
struct Stat {
    name: String,
    parent: u32,
    cpu: Duration,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (name, rest) = text.rsplit_once(") ")?;
    let (_, name) = name.split_once('(')?;
    // The first is the state, the third field of proc(5).
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let cpu = ticks(14)? + ticks(15)?;
    Some(Stat {
        name: name.to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        cpu: Duration::from_millis(cpu * 1000 / TICKS_A_SECOND),
    })
}
