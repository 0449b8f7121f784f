//! A stand-in for a collector that takes OTLP over HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use coulisses_crew::http::limits::Limits;
use coulisses_crew::http::serve::{Stop, serve};
use coulisses_crew::workers::Workers;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// What was posted to it.
#[derive(Clone, Debug)]
pub struct Posted {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Value,
}

/// It takes everything, unless it is given other answers.
pub struct Collector {
    /// Its `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub url: String,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Shared {
    posted: Mutex<Vec<Posted>>,
    answers: Mutex<VecDeque<Response<Body>>>,
}

impl Collector {
    /// Starts one that gives these answers first, in this order.
    pub async fn start(answers: Vec<Response<Body>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            posted: Mutex::default(),
            answers: Mutex::new(answers.into()),
        });
        let router = Router::new().fallback(take).with_state(Arc::clone(&shared));
        let never = Stop::at_once(CancellationToken::new());
        let server = serve(
            listener,
            move || router.clone(),
            Limits::of_metrics(),
            Workers::default(),
            never,
        );
        Self {
            url,
            shared,
            _server: AbortOnDropHandle::new(tokio::spawn(server)),
        }
    }

    /// All that was posted so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.shared.posted.lock().expect("nobody panicked").clone()
    }

    /// The spans of all posts.
    pub fn spans(&self) -> Vec<Value> {
        let posted = self.posted();
        let spans = posted.iter().flat_map(|posted| {
            let spans = posted.body.pointer("/resourceSpans/0/scopeSpans/0/spans");
            spans.and_then(Value::as_array).expect("spans").clone()
        });
        spans.collect()
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = serde_json::from_slice(&body).expect("JSON");
    shared.posted.lock().expect("nobody panicked").push(Posted {
        method,
        uri,
        headers,
        body,
    });
    let answer = shared.answers.lock().expect("nobody panicked").pop_front();
    answer.unwrap_or_else(|| Response::new(Body::from("{}")))
}
