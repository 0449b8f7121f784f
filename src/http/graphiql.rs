//! GraphiQL, from this server alone. Its assets are built from npm packages into `graphiql/dist` and embedded when
//! they are there; otherwise a plain page says how to build them, and takes queries all the same.

use std::borrow::Cow;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::{compression, problem};

#[derive(RustEmbed)]
#[folder = "graphiql/dist/"]
#[allow_missing = true]
struct Built;

/// No script but our own, no foreign host, no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// `GET /graphiql`.
pub async fn page() -> Response {
    let html = match Built::get("index.html") {
        Some(file) => file.data,
        None => Cow::Borrowed(include_bytes!("../../graphiql/fallback.html").as_slice()),
    };
    serve(html, "text/html; charset=utf-8", "no-cache")
}

/// `GET /graphiql/assets/…`.
pub async fn asset(Path(path): Path<String>) -> Response {
    // Built names carry a hash of their content; the others may change under their name.
    const FOREVER: &str = "public, max-age=31536000, immutable";
    let kind = match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let fallback: &[u8] = match path.as_str() {
        "fallback.js" => include_bytes!("../../graphiql/fallback.js"),
        "fallback.css" => include_bytes!("../../graphiql/fallback.css"),
        _ => {
            let hashed = path.contains('-');
            return match Built::get(&format!("assets/{path}")) {
                Some(file) => serve(file.data, kind, if hashed { FOREVER } else { "no-cache" }),
                None => problem::no_such_route().await,
            };
        }
    };
    serve(Cow::Borrowed(fallback), kind, "no-cache")
}

fn serve(body: Cow<'static, [u8]>, kind: &'static str, cache: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    let mut response = (StatusCode::OK, headers, body.into_owned()).into_response();
    compression::allow(&mut response);
    response
}
