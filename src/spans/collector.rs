//! The collector: OTLP over HTTP, not encrypted.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use super::Times;
use crate::graphql::error::one_line;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// How much of an answer is read, in bytes.
const MOST_READ: usize = 4 * 1024;
/// Most bytes of the head of an answer.
const MOST_HEAD: usize = 16 * 1024;
/// The answers after which a batch may be sent once more (OTLP 1, "Retryable Response Codes").
const BUSY: [StatusCode; 4] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// Where spans go.
pub(super) struct Collector {
    /// Host and port.
    pub authority: String,
    pub times: Times,
}

/// What a collector did with a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many spans it refused.
    pub refused: usize,
    /// Why, in its own words.
    pub reason: String,
}

impl Collector {
    /// Posts a batch, and once more if the collector is busy.
    ///
    /// # Errors
    /// If the collector cannot be reached, takes too long or refuses the whole batch.
    pub(super) async fn send(&self, batch: Vec<u8>) -> Result<Taken, Error> {
        let batch = Bytes::from(batch);
        let (mut status, mut answer) = self.in_time(batch.clone()).await?;
        if BUSY.contains(&status) {
            tokio::time::sleep(self.times.pause).await;
            (status, answer) = self.in_time(batch).await?;
        }
        match status.is_success() {
            true => Ok(taken(&answer)),
            false => Err(format!("the collector answered {status}").into()),
        }
    }

    async fn in_time(&self, batch: Bytes) -> Result<(StatusCode, Bytes), Error> {
        let limit: Duration = self.times.post;
        let posted = tokio::time::timeout(limit, self.post(batch)).await;
        posted.unwrap_or_else(|_| Err(format!("the collector took longer than {limit:?}").into()))
    }

    /// Posts a batch over a connection of its own.
    async fn post(&self, batch: Bytes) -> Result<(StatusCode, Bytes), Error> {
        let stream = TcpStream::connect(&self.authority).await?;
        let mut http = http1::Builder::new();
        http.max_buf_size(MOST_HEAD);
        let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await?;
        let _driven = AbortOnDropHandle::new(tokio::spawn(connection));
        let request = Request::post("/v1/traces")
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close")
            .body(Body::from(batch))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        // A longer answer tells nothing that the operator needs.
        let answer = to_bytes(Body::new(response.into_body()), MOST_READ).await;
        Ok((status, answer.unwrap_or_default()))
    }
}

/// Reads `ExportTraceServiceResponse`. A collector that says nothing has taken everything.
fn taken(answer: &[u8]) -> Taken {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let partial = &answer["partialSuccess"];
    let refused = match &partial["rejectedSpans"] {
        Value::String(text) => text.parse().unwrap_or_default(),
        number => number.as_u64().unwrap_or_default(),
    };
    Taken {
        refused: usize::try_from(refused).unwrap_or(usize::MAX),
        reason: one_line(partial["errorMessage"].as_str().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_many_spans_were_refused_and_nonsense_says_nothing() {
        for (answer, refused, reason) in [
            ("", 0, ""),
            ("{}", 0, ""),
            ("nonsense", 0, ""),
            (r#"[{"partialSuccess": 1}]"#, 0, ""),
            (r#"{"partialSuccess": {"rejectedSpans": "-1"}}"#, 0, ""),
            (r#"{"partialSuccess": {"rejectedSpans": 3}}"#, 3, ""),
            (
                r#"{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too\nold"}}"#,
                2,
                "too old",
            ),
        ] {
            let reason = reason.to_owned();
            assert_eq!(
                taken(answer.as_bytes()),
                Taken { refused, reason },
                "{answer}"
            );
        }
    }
}
