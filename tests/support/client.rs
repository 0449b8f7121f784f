//! A client of the application, as a browser would be: it keeps an access token and a cookie.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use coulisses_crew::http::peer::Peer;
use data_encoding::HEXLOWER;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

/// SHA-256 of a document, as persisted queries name it.
pub fn hash(document: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(document))
}

/// One identity.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<String>,
    /// Sent as `Cookie`.
    pub cookie: Option<String>,
    /// Sent as `X-Forwarded-For`.
    pub forwarded: Option<String>,
}

impl Client {
    pub fn new(router: Router) -> Self {
        Self {
            router,
            token: None,
            cookie: None,
            forwarded: None,
        }
    }

    /// Posts an operation.
    pub async fn gql(&self, query: &str, variables: Value) -> Answer {
        let body = json!({"query": query, "variables": variables});
        self.post_graphql(&body.to_string()).await
    }

    /// Runs a mutation that takes one input, and selects something of its payload.
    pub async fn mutate(&self, name: &str, selection: &str, input: Value) -> Answer {
        let (first, rest) = name.split_at(1);
        let of = format!("{}{rest}Input", first.to_uppercase());
        let query =
            format!("mutation($input: {of}!) {{ {name}(input: $input) {{ {selection} }} }}");
        self.gql(&query, json!({"input": input})).await
    }

    /// Posts an operation without variables.
    pub async fn query(&self, query: &str) -> Answer {
        self.gql(query, json!({})).await
    }

    /// Posts a body to the endpoint.
    pub async fn post_graphql(&self, body: &str) -> Answer {
        let request = self
            .request(Method::POST, "/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json")
            .body(Body::from(body.to_owned()))
            .expect("a request");
        self.send(request).await
    }

    /// Posts JSON to a plain route, with the cookie.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.send(request).await
    }

    /// Asks whether the server is ready.
    pub async fn ready(&self) -> Answer {
        let request = self.request(Method::GET, "/readyz");
        let request = request.body(Body::empty()).expect("a request");
        self.send(request).await
    }

    /// Waits until the server is ready. On a busy machine the database may answer too late for one probe.
    pub async fn becomes_ready(&self) {
        let begun = Instant::now();
        loop {
            let answer = self.ready().await;
            if answer.status == StatusCode::OK {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", answer.text);
        }
    }

    /// Begins a request as this identity.
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:8000")
            .extension(Peer(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(address) = &self.forwarded {
            request = request.header("x-forwarded-for", address);
        }
        request
    }

    /// Sends a request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
            body,
        }
    }

    /// Keeps the token and the cookie of an answer that signed somebody in.
    pub fn sign_in(&mut self, answer: &Answer, field: &str) {
        self.token = Some(answer.str(&format!("/data/{field}/accessToken")).to_owned());
        self.cookie = answer.cookie();
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// Null where the body is not JSON.
    pub body: Value,
}

impl Answer {
    /// What stands at a JSON pointer.
    pub fn at(&self, pointer: &str) -> &Value {
        self.body
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing at {pointer} in {}", self.text))
    }

    /// The text at a JSON pointer.
    pub fn str(&self, pointer: &str) -> &str {
        self.at(pointer)
            .as_str()
            .unwrap_or_else(|| panic!("no text at {pointer} in {}", self.text))
    }

    /// A text of each row of the list at a JSON pointer.
    pub fn texts(&self, list: &str, text: &str) -> Vec<&str> {
        let rows = self.at(list).as_array().expect("a list").iter();
        rows.map(|row| row.pointer(text).and_then(Value::as_str).expect("text"))
            .collect()
    }

    /// The data of an operation that must have succeeded.
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "errors in {}", self.text);
        self.at("/data")
    }

    /// The code of the first error. `UNAUTHENTICATED` always comes with its reason, and no other code does.
    pub fn code(&self) -> &str {
        let code = self.str("/errors/0/extensions/code");
        let reason = self.body.pointer("/errors/0/extensions/reason");
        match reason.map(Value::as_str) {
            None => assert_ne!(code, "UNAUTHENTICATED", "{}", self.text),
            Some(reason) => {
                assert_eq!(code, "UNAUTHENTICATED", "{}", self.text);
                let known = ["MISSING", "EXPIRED", "INVALID"].map(Some);
                assert!(known.contains(&reason), "{}", self.text);
            }
        }
        code
    }

    /// The reason of an `UNAUTHENTICATED` first error.
    pub fn reason(&self) -> &str {
        assert_eq!(self.code(), "UNAUTHENTICATED");
        self.str("/errors/0/extensions/reason")
    }

    /// The code and the input field of the first error.
    pub fn error(&self) -> (&str, &str) {
        (self.code(), self.field())
    }

    /// The input field of the first error.
    pub fn field(&self) -> &str {
        self.str("/errors/0/extensions/field")
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> Option<String> {
        let set = self.headers.get(header::SET_COOKIE)?.to_str().ok()?;
        set.split(';').next().map(str::to_owned)
    }
}
