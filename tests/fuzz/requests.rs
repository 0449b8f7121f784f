//! Requests to the endpoint: what a client sends, and what none should.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, header};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::tape::Tape;
use super::values::Values;
use crate::support::{Client, Rows, Schema};

/// A request before it is known who sends it.
#[derive(Debug)]
pub struct Sent {
    method: Method,
    query: String,
    headers: Vec<(HeaderName, Vec<u8>)>,
    body: String,
}

impl Sent {
    /// As a front end sends it.
    pub fn well(query: &str, variables: &Value) -> Self {
        Self {
            method: Method::POST,
            query: String::new(),
            headers: vec![
                (header::CONTENT_TYPE, b"application/json".to_vec()),
                (
                    header::ACCEPT,
                    b"application/graphql-response+json".to_vec(),
                ),
            ],
            body: json!({"query": query, "variables": variables}).to_string(),
        }
    }

    /// With something odd about it, or several things.
    pub fn oddly(schema: &Schema, tape: &mut Tape, query: &str, variables: &Value) -> Self {
        let values = &mut Values { schema, tape };
        let mut parameters = Map::new();
        for name in [
            "query",
            "variables",
            "operationName",
            "extensions",
            "documentId",
        ] {
            let value = match (name, values.tape.pick(16)) {
                (_, 15) => values.any(),
                ("query", 0..=13) => json!(query),
                ("variables", 0..=13) => variables.clone(),
                ("operationName", 0) => json!(values.tape.one(&["A", "B", "Board", ""])),
                ("extensions", 0..=5) => json!({"persistedQuery": persisted(values, query)}),
                _ => continue,
            };
            parameters.insert(name.to_owned(), value);
        }
        let tape = &mut *values.tape;
        let is_get = tape.once_in(3);
        let odd = match tape.pick(20) {
            17 => Some(json!([parameters]).to_string()),
            18 => Some(cut(tape, &Value::Object(parameters.clone()).to_string())),
            19 => Some(
                tape.one(&[
                    "",
                    "null",
                    "\u{feff}{}",
                    "[[[[[[[[",
                    "query={a}",
                    "{\"query\":\"\\ud800\"}",
                ])
                .to_owned(),
            ),
            _ => None,
        };
        Self {
            method: if is_get { Method::GET } else { Method::POST },
            query: match (is_get, &odd) {
                (true, None) => query_string(&parameters),
                (true, Some(_)) => tape
                    .one(&[
                        "",
                        "query",
                        "query=%",
                        "query=%ff",
                        "&&=&",
                        "query={}",
                        "variables=1&query=%7Ba%7D",
                    ])
                    .to_owned(),
                (false, _) => String::new(),
            },
            headers: headers(tape),
            body: odd.unwrap_or_else(|| Value::Object(parameters).to_string()),
        }
    }

    /// From somebody, who knows the ids of rows.
    pub fn from(&self, client: &Client, rows: &Rows) -> Request<Body> {
        let fill_in = |text: &str, end: &str| {
            let replace = |text: String, (kind, id): (&String, &String)| {
                text.replace(&format!("row{end}{kind}%3B"), id)
                    .replace(&format!("row{end}{kind};"), id)
            };
            rows.iter().fold(text.to_owned(), replace)
        };
        let path = format!("/graphql?{}", fill_in(&self.query, "%3A"));
        let mut request = client.request(self.method.clone(), &path);
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value).expect("a header");
            request = request.header(name, value);
        }
        let body = Body::from(fill_in(&self.body, ":"));
        request.body(body).expect("a request")
    }
}

/// Of a persisted query, whose digest is right half of the time.
fn persisted(values: &mut Values, query: &str) -> Value {
    let digest = HEXLOWER.encode(&Sha256::digest(query));
    match values.tape.pick(8) {
        0..=3 => json!({"version": 1, "sha256Hash": digest}),
        4 => json!({"version": 1, "sha256Hash": digest.to_uppercase()}),
        5 => json!({"version": values.any(), "sha256Hash": "00"}),
        6 => json!({"version": 1, "sha256Hash": values.any()}),
        _ => values.any(),
    }
}

fn cut(tape: &mut Tape, text: &str) -> String {
    text.chars().take(tape.pick(text.len())).collect()
}

fn query_string(parameters: &Map<String, Value>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        match value {
            Value::String(text) => query.append_pair(name, text),
            value => query.append_pair(name, &value.to_string()),
        };
    }
    // A longer one is no URI.
    query.finish().chars().take(60_000).collect()
}

/// Right for the most part.
fn headers(tape: &mut Tape) -> Vec<(HeaderName, Vec<u8>)> {
    let kinds: [&[u8]; 8] = [
        b"application/json",
        b"application/json; charset=UTF-8",
        b"application/json;charset=utf-16",
        b"text/plain",
        b"",
        b"application/json;;;=",
        b"\xff\xfe",
        b"multipart/form-data; boundary=x",
    ];
    let accepts: [&[u8]; 10] = [
        b"application/graphql-response+json",
        b"application/json",
        b"*/*",
        b"application/*;q=0.1",
        b"",
        b"text/html",
        b",;q=,",
        b"application/json;q=-1",
        b"\xff",
        b"application/json;q=99999999999999999999",
    ];
    let tokens: [&[u8]; 6] = [
        b"Bearer",
        b"Bearer x.y.z",
        b"Bearer \xff",
        b"Basic eDp5",
        b"",
        b"Bearer eyJhbGciOiJub25lIn0.e30.",
    ];
    let mut headers = Vec::new();
    for (name, values, once_in) in [
        (header::CONTENT_TYPE, &kinds[..], 8),
        (header::ACCEPT, &accepts[..], 4),
        (header::AUTHORIZATION, &tokens[..], 12),
        (header::COOKIE, &tokens[..], 12),
    ] {
        if tape.once_in(once_in) {
            headers.push((name, tape.one(values).to_vec()));
        } else if name == header::CONTENT_TYPE {
            headers.push((name, values[0].to_vec()));
        }
    }
    headers
}
