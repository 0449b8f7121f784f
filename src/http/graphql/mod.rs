//! The GraphQL endpoint. It follows GraphQL over HTTP (the GraphQL Foundation's draft). `POST` accepts
//! `application/json` only, which a form on a foreign page cannot send. `GET` runs queries only.
//!
//! This module reads the request and sends the answer. `graphql/request` decides whether the operation may run, and
//! `graphql/execute` runs it.

use async_graphql::Data;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::body::{Unread, Whole};
use super::facts::{Facts, failed};
use super::log::RequestId;
use super::{HttpState, compression, problem};
use crate::access::{Anonymous, Client, Requester};
use crate::domains::auth::ATTEMPTS;
use crate::domains::auth::service::{self, Next};
use crate::error::{AppError, ErrorCode, Result};
use crate::graphql::context::CurrentRequester;
use crate::graphql::error::{code, complete, log};
use crate::graphql::execute::answer::Answer;
use crate::graphql::execute::{self, OnError};
use crate::graphql::request::{self, Asked, Operation, Refusal};
use crate::in_flight::Room;
use crate::state::AppState;
use media::MediaType;
use params::Params;

mod media;
mod params;

/// Why a request gets an answer without `data`. Nothing was executed.
struct Refused {
    status: StatusCode,
    why: Why,
}

enum Why {
    /// The operation must not run.
    Request(Refusal),
    /// Anything else.
    Other(Box<AppError>),
}

impl Refused {
    fn new(status: StatusCode, error: AppError) -> Self {
        let why = Why::Other(Box::new(error));
        Self { status, why }
    }
}

/// The sender of a request, and the format of its answer.
struct Sender {
    headers: HeaderMap,
    client: Client,
    facts: Facts,
    request_id: String,
    is_post: bool,
}

/// `POST /graphql`.
pub async fn post(
    State(http): State<HttpState>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(client): Extension<Client>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
    body: Result<Whole, Unread>,
) -> Response {
    let params = |headers: &HeaderMap| {
        media::check_content_type(headers)?;
        let Whole(body) = body.map_err(|Unread { status, message }| {
            Refused::new(status, AppError::new(ErrorCode::BadRequest, message))
        })?;
        params::from_body(&body).map_err(bad_request)
    };
    let sender = Sender {
        headers,
        client,
        facts,
        request_id,
        is_post: true,
    };
    answer(&http, &sender, params).await
}

/// `GET /graphql?query=…`.
pub async fn get(
    State(http): State<HttpState>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(client): Extension<Client>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let params = |_: &HeaderMap| params::from_query(&query).map_err(bad_request);
    let sender = Sender {
        headers,
        client,
        facts,
        request_id,
        is_post: false,
    };
    answer(&http, &sender, params).await
}

async fn answer(
    http: &HttpState,
    sender: &Sender,
    params: impl FnOnce(&HeaderMap) -> Result<Params, Refused>,
) -> Response {
    let media = match media::negotiate(&sender.headers) {
        Ok(media) => media,
        Err(refused) => return refuse(MediaType::Json, &sender.request_id, refused),
    };
    let run = async {
        let params = params(&sender.headers)?;
        run(http, sender, media, params).await
    };
    run.await
        .unwrap_or_else(|refused| refuse(media, &sender.request_id, refused))
}

/// From the parameters of a request to the response.
async fn run(
    http: &HttpState,
    sender: &Sender,
    media: MediaType,
    params: Params,
) -> Result<Response, Refused> {
    let operation = prepare(http, media, &params)?;
    let on_error = params.on_error;
    // What the operation does not use of them must not stay in memory while it waits.
    drop(params);
    let label = http.api.documents.label(&operation);
    sender.facts.runs(&operation, label);
    let is_mutation = operation.is_mutation();
    if is_mutation && !sender.is_post {
        let error = AppError::new(ErrorCode::BadRequest, "Send mutations by POST.");
        return Err(Refused::new(StatusCode::METHOD_NOT_ALLOWED, error));
    }
    let work = Work {
        http: sender.facts.counting(http),
        operation,
        on_error,
        client: sender.client.clone(),
        facts: sender.facts.clone(),
        access_token: bearer(&sender.headers),
    };
    let (mut answer, room) = work.run().await.map_err(|error| match error.code {
        ErrorCode::BadRequest => Refused::new(media.request_error(), error),
        code => Refused::new(problem::status(code), error),
    })?;
    complete(&mut answer.errors, &sender.request_id);
    let code = answer.errors.first().map(code);
    let mut response = media.respond(answer, room);
    if let Some(code) = code {
        response = failed(response, code);
    }
    // Answers to mutations may contain tokens of sessions and invitations.
    if !is_mutation {
        compression::allow(&mut response);
    }
    Ok(response)
}

/// The operation of the parameters, ready to run.
fn prepare(http: &HttpState, media: MediaType, params: &Params) -> Result<Operation, Refused> {
    let asked = Asked {
        query: params.query.as_deref(),
        id: params.id.as_deref(),
        operation_name: params.operation_name.as_deref(),
        variables: &params.variables,
    };
    request::prepare(&http.api.documents, &asked).map_err(|refusal| Refused {
        status: match refusal.code {
            // With any other status, Apollo's clients assume that the server does not support persisted queries.
            ErrorCode::PersistedQueryNotFound => StatusCode::OK,
            _ => media.request_error(),
        },
        why: Why::Request(refusal),
    })
}

/// What it takes to answer an operation.
struct Work {
    http: HttpState,
    operation: Operation,
    on_error: OnError,
    client: Client,
    facts: Facts,
    access_token: Option<String>,
}

impl Work {
    /// Runs the operation on its own task. The connection's task stays free to notice that the client disconnects or
    /// that the time is up: then a query ends, with its statements, and a mutation goes on.
    async fn run(self) -> Result<(Answer, Option<Room>)> {
        let (span, state) = (tracing::Span::current(), self.http.state.clone());
        let done = if self.operation.is_mutation() {
            let tasks = state.tasks.clone();
            tasks.spawn(self.answer(state).instrument(span)).await
        } else {
            let (state, _guard) = state.until_dropped();
            let task = tokio::spawn(self.answer(state).instrument(span));
            AbortOnDropHandle::new(task).await
        };
        done.unwrap_or_else(|error| Err(AppError::internal(error)))
    }

    async fn answer(self, state: AppState) -> Result<(Answer, Option<Room>)> {
        let is_mutation = self.operation.is_mutation();
        let next = next(&self.operation);
        let (requester, state) = requester(state, self.access_token, next).await?;
        if let Ok(requester) = &requester {
            self.facts.asked_by(requester);
        }
        let mut data = Data::default();
        data.insert(state.clone());
        data.insert(CurrentRequester::new(requester));
        data.insert(self.client);
        let schema = &self.http.api.schema;
        let answer = execute::run(schema, &state, self.operation, self.on_error, data).await?;
        let (share, size) = (state.db.share(), answer.size());
        let room = state.in_flight.room(share, size, is_mutation)?;
        Ok((answer, room))
    }
}

/// The token of the `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let (scheme, token) = text.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// What an operation does after its session was read.
fn next(operation: &Operation) -> Next {
    match operation.is_mutation() {
        false => Next::Read,
        true if operation.has_any(&ATTEMPTS) => Next::Wait,
        true => Next::Write,
    }
}

/// The requester of an access token, and the state for the request: its work counts towards the share of the
/// requester's organisation. An expired or invalid token counts as anonymous, so that a client with an old token can
/// sign in.
async fn requester(
    state: AppState,
    access_token: Option<String>,
    next: Next,
) -> Result<(Result<Requester, Anonymous>, AppState)> {
    let Some(token) = access_token else {
        return Ok((Err(Anonymous::Missing), state));
    };
    match service::requester(&state, &token, next).await? {
        Ok((requester, state)) => Ok((Ok(requester), state)),
        Err(why) => Ok((Err(why), state)),
    }
}

fn bad_request(error: AppError) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, error)
}

/// The answer to a request that took too long.
pub fn unavailable(error: AppError) -> Response {
    let refused = Refused::new(StatusCode::SERVICE_UNAVAILABLE, error);
    refuse(MediaType::Json, "", refused)
}

/// The answer to a request that does not reach a handler.
pub fn refusal(headers: &HeaderMap, status: StatusCode, error: AppError) -> Response {
    let media = media::negotiate(headers).unwrap_or(MediaType::Json);
    refuse(media, "", Refused::new(status, error))
}

/// An answer without `data`.
fn refuse(media: MediaType, request_id: &str, Refused { status, why }: Refused) -> Response {
    let (body, code, retry_after) = match why {
        Why::Request(refusal) => (refusal.body(), refusal.code, None),
        Why::Other(error) => {
            log(&error);
            let mut extensions = json!({"code": error.code.as_str()});
            if error.code == ErrorCode::Internal {
                extensions["requestId"] = json!(request_id);
            }
            if let Some((key, details)) = &error.details {
                extensions[*key] = details.clone();
            }
            let body = json!({"errors": [{"message": error.message, "extensions": extensions}]});
            (body, error.code, problem::retry_after(&error))
        }
    };
    let mut response = media.body(status, &body);
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    failed(response, code)
}
