//! HTTP: the routes and the layers around them.

mod auth;
mod body;
mod compression;
mod connections;
mod facts;
mod graphiql;
mod graphql;
mod health;
pub mod limits;
mod listen;
mod log;
pub mod metrics;
pub mod peer;
mod place;
mod problem;
pub mod serve;
mod socket;
mod span;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::api::Schema;
use crate::config::Config;
use crate::error::AppError;
use crate::graphql::request::Documents;
use crate::state::AppState;

/// The headers that a page of a listed origin may send, in addition to those that every page may send: authorisation,
/// media types, the name of the client, and ids for tracing.
const ALLOWED_HEADERS: [HeaderName; 11] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::ACCEPT,
    HeaderName::from_static("apollographql-client-name"),
    HeaderName::from_static("apollographql-client-version"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("sentry-trace"),
    log::HEADER,
];
/// What load balancers ask every few seconds. Their lines are logged at DEBUG.
const PROBES: [&str; 3] = ["/healthz", "/livez", "/readyz"];
/// Largest request body, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The state that the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct HttpState {
    /// What all requests share.
    pub state: AppState,
    pub api: Arc<Api>,
}

/// What the endpoint runs operations with.
#[derive(Clone)]
pub struct Api {
    pub schema: Schema,
    /// The known documents.
    pub documents: Arc<Documents>,
}

impl HttpState {
    /// The same state with counters of references of its own, see [`AppState::apart`].
    #[must_use]
    pub fn apart(&self) -> Self {
        Self {
            state: self.state.apart(),
            api: Arc::new(Api::clone(&self.api)),
        }
    }
}

/// All routes.
pub fn router(http: HttpState) -> Router {
    let config = &http.state.config;
    let mut router = Router::new()
        .route("/healthz", get(health::live))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/api/v1/auth/login", post(auth::login))
        .route("/api/v1/auth/refresh", post(auth::refresh))
        .route("/api/v1/auth/logout", post(auth::logout));
    if config.graphiql {
        router = router
            .route("/graphiql", get(graphiql::page))
            .route("/graphiql/plain", get(graphiql::plain_page))
            .route("/graphiql/schema.graphql", get(graphiql::schema))
            .route("/graphiql/assets/{*path}", get(graphiql::asset));
    }
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(axum::middleware::from_fn(in_time))
        .layer(axum::middleware::from_fn(body::plain_only))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ))
        .layer(compression::layer())
        .layer(cors(config))
        .layer(axum::middleware::from_fn_with_state(
            http.state.clone(),
            log::layer,
        ))
        .with_state(http)
}

/// Answers with an error after the timeout. A mutation continues on its own task.
async fn in_time(request: Request, next: Next) -> Response {
    let is_graphql = request.uri().path() == "/graphql";
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(late) if is_graphql => graphql::unavailable(AppError::in_doubt(late)),
        Err(late) => problem::response(&AppError::in_doubt(late)),
    }
}

/// Pages of the listed origins may call with credentials. Pages of other origins cannot read answers.
fn cors(config: &Config) -> CorsLayer {
    let origins: Vec<HeaderValue> = config
        .cors_origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(ALLOWED_HEADERS)
        .expose_headers([log::HEADER, header::RETRY_AFTER])
        .max_age(Duration::from_hours(1))
}
