//! Serves GraphiQL without other hosts. `build.rs` provides its files if they could be built. Otherwise there is a
//! plain page, where people can sign up, sign in, send operations and read the schema.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

use super::{HttpState, compression, problem};

static BUILT: Dir<'_> = include_dir!("$OUT_DIR/graphiql");

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The names of built files contain a hash of their content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// The other files may change without changing their names.
const CHECKED: &str = "no-cache";

/// Allows only our own scripts, no other hosts and no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// `GET /graphiql`.
pub async fn page() -> Response {
    match BUILT.get_file("index.html") {
        Some(file) => serve(file.contents(), HTML, CHECKED),
        None => plain_page().await,
    }
}

/// `GET /graphiql/plain`: the plain page, which needs no build.
pub async fn plain_page() -> Response {
    serve(
        include_bytes!("../../graphiql/fallback.html"),
        HTML,
        CHECKED,
    )
}

/// `GET /graphiql/schema.graphql`: the schema as text, only if introspection is on.
pub async fn schema(State(http): State<HttpState>) -> Response {
    let config = &http.state.config;
    match config.introspection && config.trusted_documents.is_none() {
        true => serve(include_bytes!("../../schema.graphql"), TEXT, CHECKED),
        false => problem::no_such_route().await,
    }
}

/// `GET /graphiql/assets/…`.
pub async fn asset(Path(path): Path<String>) -> Response {
    let kind = match path.rsplit('.').next() {
        Some("js") => SCRIPT,
        Some("css") => STYLE,
        _ => TEXT,
    };
    match path.as_str() {
        "fallback.js" => serve(include_bytes!("../../graphiql/fallback.js"), kind, CHECKED),
        "fallback.css" => serve(include_bytes!("../../graphiql/fallback.css"), kind, CHECKED),
        _ => match BUILT.get_file(format!("assets/{path}")) {
            Some(file) if path.contains('-') => serve(file.contents(), kind, FOREVER),
            Some(file) => serve(file.contents(), kind, CHECKED),
            None => problem::no_such_route().await,
        },
    }
}

fn serve(body: &'static [u8], kind: &'static str, cache: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    let mut response = (StatusCode::OK, headers, body).into_response();
    compression::allow(&mut response);
    response
}
