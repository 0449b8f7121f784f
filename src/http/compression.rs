//! Answers are compressed where the client accepts it and the handler knows that they hold no token.
//!
//! The length of a compressed answer tells how much of it repeats. Where a stranger's text stands beside a token, he
//! can find out the token by guessing (the attack is known as BREACH). So a handler has to allow it.

use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// A smaller answer goes into one packet anyway.
const LEAST_BYTES: u16 = 1024;

#[derive(Clone, Copy)]
struct HoldsNoToken;

/// Says that an answer holds no token.
pub fn allow(response: &mut Response) {
    response.extensions_mut().insert(HoldsNoToken);
}

/// Compresses by gzip, which every client knows, at the level that takes the least time: a quarter of the size for
/// about 4 microseconds a KiB.
pub fn layer() -> CompressionLayer<impl Predicate> {
    let is_allowed = |_: StatusCode, _: Version, _: &HeaderMap, of: &Extensions| {
        of.get::<HoldsNoToken>().is_some()
    };
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(LEAST_BYTES).and(is_allowed))
}
