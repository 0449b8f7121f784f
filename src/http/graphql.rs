//! The endpoint: GraphQL over HTTP (the GraphQL Foundation's draft). `POST` takes `application/json` only, which no
//! form of a foreign page can send; `GET` runs queries only.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Executed, Value};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::Http;
use super::compression;
use super::request_id::RequestId;
use crate::access::{Client, Requester};
use crate::domains::auth::service;
use crate::error::{AppError, ErrorCode, Result};
use crate::graphql::budget::{Budget, too_much};
use crate::graphql::context::CurrentRequester;
use crate::graphql::error::{complete, log};
use crate::graphql::loader::Loaders;
use crate::graphql::order;
use crate::graphql::rounds::Rounds;
use media::MediaType;
use params::Params;
use prepare::Prepared;

mod media;
mod params;
mod prepare;

/// Why a request was answered before it was executed.
struct Refused(StatusCode, Box<AppError>);

impl Refused {
    fn new(status: StatusCode, error: AppError) -> Self {
        Self(status, Box::new(error))
    }
}

/// `POST /graphql`.
pub async fn post(
    State(http): State<Http>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let media = match media::negotiate(&headers) {
        Ok(media) => media,
        Err(refused) => return refuse(MediaType::Json, &id, refused),
    };
    let params = || {
        media::check_content_type(&headers)?;
        let body = body.map_err(|error| {
            let message = "The body is larger than 256 KiB, or did not arrive whole.";
            Refused::new(
                error.status(),
                AppError::new(ErrorCode::BadRequest, message),
            )
        })?;
        params::from_body(&body).map_err(bad_request)
    };
    match params() {
        Ok(params) => answer(&http, &headers, client, media, &id, params, true).await,
        Err(refused) => refuse(media, &id, refused),
    }
}

/// `GET /graphql?query=…`.
pub async fn get(
    State(http): State<Http>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let media = match media::negotiate(&headers) {
        Ok(media) => media,
        Err(refused) => return refuse(MediaType::Json, &id, refused),
    };
    match params::from_query(query.as_deref().unwrap_or_default()).map_err(bad_request) {
        Ok(params) => answer(&http, &headers, client, media, &id, params, false).await,
        Err(refused) => refuse(media, &id, refused),
    }
}

async fn answer(
    http: &Http,
    headers: &HeaderMap,
    client: Client,
    media: MediaType,
    id: &str,
    params: Params,
    is_post: bool,
) -> Response {
    let Prepared {
        request,
        document,
        operation,
    } = match Prepared::new(params, &http.documents) {
        Ok(prepared) => prepared,
        // Apollo's clients take any other status for a server without persisted queries.
        Err(error) if error.code == ErrorCode::PersistedQueryNotFound => {
            return refuse(media, id, Refused::new(StatusCode::OK, error));
        }
        Err(error) => return refuse(media, id, Refused::new(media.request_error(), error)),
    };
    let is_mutation = operation.ty == OperationType::Mutation;
    if is_mutation && !is_post {
        let message = "A mutation is sent by POST.";
        let error = AppError::new(ErrorCode::BadRequest, message);
        let mut response = refuse(
            media,
            id,
            Refused::new(StatusCode::METHOD_NOT_ALLOWED, error),
        );
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let requester = match requester(http, headers).await {
        Ok(requester) => requester,
        Err(error) => {
            return refuse(
                media,
                id,
                Refused::new(super::problem::status(error.code), error),
            );
        }
    };
    let (rounds, budget) = (Rounds::default(), Budget::new(is_mutation));
    let request = request
        .data(http.state.clone())
        .data(budget.clone())
        .data(Loaders::new(
            http.state.clone(),
            rounds.clone(),
            budget.clone(),
        ))
        .data(CurrentRequester::new(requester))
        .data(client);
    let schema = http.schema.clone();
    let executed = if is_mutation {
        // On a task of its own: a client that hangs up leaves no half-done write.
        let span = tracing::Span::current();
        let work = tracing::Instrument::instrument(
            async move { rounds.drive(schema.execute(request), || false).await },
            span,
        );
        match http.state.tasks.spawn(work).await {
            Ok(executed) => executed,
            Err(error) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                return refuse(media, id, Refused::new(status, AppError::internal(error)));
            }
        }
    } else {
        rounds
            .drive(schema.execute(request), || budget.is_spent())
            .await
    };
    let Some(mut executed) = executed else {
        return refuse(media, id, Refused::new(media.request_error(), too_much()));
    };
    if executed.data == Value::Null && executed.errors.is_empty() {
        // All its fields were skipped.
        executed.data = Value::Object(IndexMap::default());
    }
    for error in &executed.errors {
        order::fill(&mut executed.data, &error.path);
    }
    order::restore(&mut executed.data, &document.parsed, &operation);
    complete(&mut executed, id);
    let mut response = media.respond(executed);
    // What mutations answer may hold tokens: of sessions, of invitations.
    if !is_mutation {
        compression::allow(&mut response);
    }
    response
}

/// Who the `Authorization` header stands for; nobody for a token that is not valid (any more), so that signing in
/// with an old one in hand works.
async fn requester(http: &Http, headers: &HeaderMap) -> Result<Option<Requester>> {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            service::requester(&http.state, token.trim()).await
        }
        _ => Ok(None),
    }
}

fn bad_request(error: AppError) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, error)
}

/// The answer to a request that took too long.
pub fn unavailable(error: AppError) -> Response {
    refuse(
        MediaType::Json,
        "",
        Refused::new(StatusCode::SERVICE_UNAVAILABLE, error),
    )
}

/// The answer to a request that no handler has seen.
pub fn refusal(headers: &HeaderMap, status: StatusCode, error: AppError) -> Response {
    let media = media::negotiate(headers).unwrap_or(MediaType::Json);
    refuse(media, "", Refused::new(status, error))
}

/// An answer without `data`: nothing was executed.
fn refuse(media: MediaType, id: &str, Refused(status, error): Refused) -> Response {
    log(&error);
    let retry_after = super::problem::retry_after(&error);
    let mut extensions = json!({"code": error.code.as_str()});
    if error.code == ErrorCode::Internal {
        extensions["requestId"] = json!(id);
    }
    let body = json!({"errors": [{"message": error.message, "extensions": extensions}]});
    let mut response = media.body(status, &body);
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Whether the executor refused the request as a whole: no field was reached.
fn is_request_error(executed: &Executed) -> bool {
    executed.data == Value::Null
        && !executed.errors.is_empty()
        && executed.errors.iter().all(|error| error.path.is_empty())
}

/// Whether nothing could be read because the database is away.
fn is_unavailable(executed: &Executed) -> bool {
    let unavailable = Value::from(ErrorCode::Unavailable.as_str());
    executed.data == Value::Null
        && executed.errors.iter().any(|error| {
            error.extensions.as_ref().and_then(|all| all.get("code")) == Some(&unavailable)
        })
}
