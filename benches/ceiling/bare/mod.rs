//! The bare handler: what a careful person would write by hand for four requests and no others. It knows no GraphQL. It
//! checks the access token, reads the session and the membership, and lives under the policies, as the server does.
//!
//! It is a process of its own: the benchmark starts itself again. It takes the database's URL from its standard input
//! and ends when that ends.

mod answers;
mod pool;
mod reads;
mod token;
mod write;

use std::io::BufRead as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use coulisses_crew::error::AppError;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_postgres::Row;

use crate::common;
use crate::support::SECRET;
use pool::{Open, Pool};
use token::{Requester, Tokens};

/// The argument that starts it.
pub const ARGUMENT: &str = "--bare-handler";
/// The server's own limit.
const MAX_BODY: usize = 256 * 1024;

/// What the handlers share.
struct Bare {
    pool: Pool,
    tokens: Tokens,
}

/// Serves until the standard input ends. Prints its address first.
pub fn serve() {
    let mut input = std::io::stdin().lock();
    let mut url = String::new();
    input.read_line(&mut url).expect("the database's URL");
    drop(input);
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let bare = Arc::new(Bare {
        pool: pool::new(url.trim()),
        tokens: Tokens::new(SECRET),
    });
    let router = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/board", post(reads::board))
        .route("/mission", post(reads::mission))
        .route("/missions", post(reads::missions))
        .route("/create", post(write::create))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(bare);
    common::runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address"));
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.expect("a server");
    });
}

impl Bare {
    /// Who sends a request.
    fn requester(&self, headers: &HeaderMap) -> Result<Requester, Refused> {
        let text = headers.get(header::AUTHORIZATION);
        let text = text.and_then(|value| value.to_str().ok());
        let token = text.and_then(|text| text.strip_prefix("Bearer "));
        token
            .and_then(|token| self.tokens.verify(token))
            .ok_or(Refused(StatusCode::UNAUTHORIZED))
    }
}

/// A request's body, of which only the variables are read.
#[derive(Deserialize)]
struct Asked<V> {
    variables: V,
}

/// An answer.
#[derive(Serialize)]
struct Data<T> {
    data: T,
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(_) => Refused(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
        }
    }
}

/// Why a request has no answer.
struct Refused(StatusCode);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, r#"{"errors":[{"message":"Refused."}]}"#).into_response()
    }
}

impl From<AppError> for Refused {
    fn from(_: AppError) -> Self {
        Self(StatusCode::BAD_REQUEST)
    }
}

impl From<tokio_postgres::Error> for Refused {
    fn from(error: tokio_postgres::Error) -> Self {
        eprintln!("the bare handler: {error}");
        Self(StatusCode::SERVICE_UNAVAILABLE)
    }
}

/// Ends the transaction of a requester whose session or membership has ended. Returns their role otherwise.
fn admit(open: Open, standing: Option<Row>) -> Result<(Open, String), Refused> {
    let Some(row) = standing else {
        open.commit();
        return Err(Refused(StatusCode::UNAUTHORIZED));
    };
    Ok((open, row.get(0)))
}
