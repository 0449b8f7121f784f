//! The trace that a request belongs to, as the caller names it (W3C Trace Context, level 1).

use axum::http::HeaderMap;

/// The header `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace, in 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// The caller's step in it, in 16 of them.
    pub parent_id: String,
    /// Whether the caller may have recorded it (3.2.2.5.1).
    pub is_sampled: bool,
}

impl TraceParent {
    /// The trace of a request. `None` if the header is missing, is there twice or is malformed: then it is as if nobody
    /// had sent it (3.2.2.3, 3.2.2.5).
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut sent = headers.get_all("traceparent").iter();
        let (header, further) = (sent.next()?, sent.next());
        if further.is_some() {
            return None;
        }
        let text = header.to_str().ok()?;
        let mut parts = text.splitn(5, '-');
        let version = parts
            .next()
            .filter(|part| is_hex(part, 2) && *part != "ff")?;
        let trace_id = parts.next().filter(|part| is_id(part, 32))?;
        let parent_id = parts.next().filter(|part| is_id(part, 16))?;
        let flags = parts.next().filter(|part| is_hex(part, 2))?;
        // A later version may add something.
        if version == "00" && parts.next().is_some() {
            return None;
        }
        Some(Self {
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
            is_sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        })
    }
}

fn is_hex(part: &str, digits: usize) -> bool {
    part.len() == digits
        && part
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An id of zeros is not valid.
fn is_id(part: &str, digits: usize) -> bool {
    is_hex(part, digits) && part.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn read(values: &[&str]) -> Option<TraceParent> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("traceparent", value.parse().expect("a value"));
        }
        TraceParent::of(&headers)
    }

    #[test]
    fn a_trace_is_read_and_nonsense_is_ignored() {
        let good = format!("00-{TRACE}-{PARENT}-01");
        let expected = TraceParent {
            trace_id: TRACE.to_owned(),
            parent_id: PARENT.to_owned(),
            is_sampled: true,
        };
        for value in [good.clone(), format!("cc-{TRACE}-{PARENT}-03-more-of-it")] {
            assert_eq!(read(&[&value]), Some(expected.clone()), "{value}");
        }
        for flags in ["00", "02", "fe"] {
            let read = read(&[&format!("00-{TRACE}-{PARENT}-{flags}")]);
            assert!(!read.expect("a trace").is_sampled, "{flags}");
        }
        for value in [
            String::new(),
            "nonsense".to_owned(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("00-{TRACE}-{PARENT}-01-"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("0-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}1-{PARENT}-01"),
            format!("00-{TRACE}-{PARENT}-0g"),
            format!("00-\"; DROP TABLE lines; --{}-{PARENT}-01", &TRACE[..8]),
            format!("00-{TRACE}-é{}-01", &PARENT[2..]),
        ] {
            assert_eq!(read(&[&value]), None, "{value}");
        }
        assert_eq!(read(&[&good, &good]), None);
        assert_eq!(read(&[]), None);
    }
}
