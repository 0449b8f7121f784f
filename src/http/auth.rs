//! The three routes that use the cookie. With them, a browser keeps its refresh token where scripts cannot read it.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;
use tracing::Instrument;

use super::body::{Unread, Whole, is_json};
use super::facts::Facts;
use super::{HttpState, problem};
use crate::access::{Anonymous, Client, unauthenticated};
use crate::config::without_default_port;
use crate::domains::auth::cookie;
use crate::domains::auth::service::{self, Login, SignedIn};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::OrgId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    email: String,
    password: String,
    #[serde(rename = "orgId")]
    org_id: Option<String>,
}

/// `POST /api/v1/auth/login` with `{"email", "password", "orgId"?}`.
pub async fn login(
    State(http): State<HttpState>,
    Extension(client): Extension<Client>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
    body: Result<Whole, Unread>,
) -> Response {
    let http = facts.counting(&http);
    let body = match body {
        Ok(Whole(body)) => body,
        Err(unread) => return no_store(unread.into_response()),
    };
    respond(&http, async {
        check_origin(&http, &headers)?;
        let body: LoginBody =
            serde_json::from_slice(json_body(&headers, &body)?).map_err(|_| {
                AppError::new(
                    ErrorCode::BadRequest,
                    "Send a JSON object with email, password and, if you like, orgId.",
                )
            })?;
        let org_id = body
            .org_id
            .map(|id| id.parse::<OrgId>().map_err(|error| error.at("orgId")))
            .transpose()?;
        let input = Login {
            email: body.email,
            password: body.password,
            org_id,
            client,
        };
        let state = http.state.clone();
        // Boxed, because it is large and would be moved on its way to the task.
        let work = Box::pin(async move { service::login(&state, input).await });
        on_own_task(&http, work).await
    })
    .await
}

/// `POST /api/v1/auth/refresh`, with the cookie.
pub async fn refresh(
    State(http): State<HttpState>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
) -> Response {
    let http = facts.counting(&http);
    respond(&http, async {
        check_origin(&http, &headers)?;
        let token = tokens(&http, &headers).next().ok_or_else(|| {
            let message = "There is no refresh cookie. Sign in.";
            AppError {
                message: message.into(),
                ..unauthenticated(Anonymous::Missing)
            }
        })?;
        let (state, token) = (http.state.clone(), token.to_owned());
        on_own_task(&http, async move { service::refresh(&state, &token).await }).await
    })
    .await
}

/// `POST /api/v1/auth/logout`: ends the session of the cookie and clears the cookie. `logged_out` says whether the
/// cookie had a token of this server.
pub async fn logout(
    State(http): State<HttpState>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
) -> Response {
    let http = facts.counting(&http);
    let ended = async {
        check_origin(&http, &headers)?;
        let tokens: Vec<String> = tokens(&http, &headers).map(str::to_owned).collect();
        let state = http.state.clone();
        let work = async move { service::logout_by_refresh_tokens(&state, &tokens).await };
        on_own_task(&http, work).await
    };
    match ended.await {
        Ok(ended) => {
            let cleared = cookie::clear(&http.state.config);
            with_cookie(StatusCode::OK, json!({"logged_out": ended}), &cleared)
        }
        Err(error) => no_store(problem::response(&error)),
    }
}

async fn respond(http: &HttpState, work: impl Future<Output = Result<SignedIn>>) -> Response {
    match work.await {
        Ok(signed_in) => {
            let (token, age) = (&signed_in.refresh_token, signed_in.refresh_for);
            let body = json!({
                "access_token": signed_in.access_token,
                "expires_at": signed_in.expires_at.to_rfc3339(),
            });
            with_cookie(
                StatusCode::OK,
                body,
                &cookie::set(&http.state.config, token, age),
            )
        }
        // The session has ended, so the cookie is cleared.
        Err(error) if error.code == ErrorCode::InvalidToken => {
            let mut response = no_store(problem::response(&error));
            set_cookie(&mut response, &cookie::clear(&http.state.config));
            response
        }
        Err(error) => no_store(problem::response(&error)),
    }
}

/// Runs on a separate task, so that a login finishes even if the client disconnects.
async fn on_own_task<T: Send + 'static>(
    http: &HttpState,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    http.state
        .tasks
        .spawn(work.in_current_span())
        .await
        .map_err(AppError::internal)?
}

fn with_cookie(status: StatusCode, body: serde_json::Value, cookie: &str) -> Response {
    let mut response = no_store((status, Json(body)).into_response());
    set_cookie(&mut response, cookie);
    response
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn tokens<'a>(http: &'a HttpState, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let read = |value: &'a HeaderValue| cookie::read(&http.state.config, value.as_bytes());
    headers.get_all(header::COOKIE).iter().flat_map(read)
}

fn json_body<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a [u8]> {
    if !is_json(headers) {
        let message = "Send the body as application/json in UTF-8.";
        return Err(AppError::new(ErrorCode::BadRequest, message));
    }
    Ok(body)
}

/// Refuses requests that a page of another site makes a browser send (OWASP, cross-site request forgery). They have a
/// foreign `Origin`, which may be `null`, or `Sec-Fetch-Site: cross-site`. Programs other than browsers send neither
/// header.
fn check_origin(http: &HttpState, headers: &HeaderMap) -> Result<()> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let own = |origin: &str| {
        let host = text(header::HOST).unwrap_or_default();
        origin.split_once("://").is_some_and(|(scheme, _)| {
            let own = format!("{scheme}://{host}");
            without_default_port(&own).eq_ignore_ascii_case(without_default_port(origin))
        })
    };
    let listed = |origin: &str| {
        http.state
            .config
            .cors_origins
            .iter()
            .any(|known| known.eq_ignore_ascii_case(origin))
    };
    let origin = text(header::ORIGIN);
    let foreign = origin.is_some_and(|origin| !own(origin) && !listed(origin));
    let cross_site = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    if foreign || (cross_site && !origin.is_some_and(listed)) {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "Web pages from this origin may not use the cookie.",
        ));
    }
    Ok(())
}
