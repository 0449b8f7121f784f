//! The body of an export: `ExportTraceServiceRequest` of OTLP 1 in JSON. Ids are hexadecimal, integers of 64 bits are
//! texts, and enumerations are numbers.

use serde_json::{Value, json};

use super::{Attribute, Span};

/// `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// `STATUS_CODE_UNSET`, for all that is not an error.
const UNSET: u8 = 0;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// The spans of a server that operators know by this name.
pub(super) fn of(spans: &[Span], service: &str) -> Vec<u8> {
    let service = attribute("service.name", &Attribute::Text(service.to_owned()));
    let scope = json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
    let spans: Vec<_> = spans.iter().map(span).collect();
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [service]},
        "scopeSpans": [{"scope": scope, "spans": spans}],
    }]});
    body.to_string().into_bytes()
}

fn span(span: &Span) -> Value {
    let begin = u128::try_from(span.begin).unwrap_or_default() * 1_000;
    let end = begin + span.took.as_nanos();
    let attributes = span.attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(key, value)| attribute(key, value))
        .collect();
    let mut value = json!({
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": SERVER,
        "startTimeUnixNano": begin.to_string(),
        "endTimeUnixNano": end.to_string(),
        "attributes": attributes,
        "status": {"code": if span.has_failed { ERROR } else { UNSET }},
    });
    if let Some(parent) = &span.parent_id {
        value["parentSpanId"] = json!(parent);
    }
    value
}

fn attribute(key: &str, value: &Attribute) -> Value {
    let value = match value {
        Attribute::Text(text) => json!({"stringValue": text}),
        Attribute::Number(number) => json!({"intValue": number.to_string()}),
    };
    json!({"key": key, "value": value})
}
