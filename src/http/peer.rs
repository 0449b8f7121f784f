//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Version, header};

use crate::access::Client;
use crate::config::Config;

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The program that asks.
pub fn client(config: &Config, request: &Request) -> Client {
    let user_agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|text| text.to_str().ok());
    Client {
        user_agent: user_agent.map(|text| text.chars().take(255).collect()),
        ip: client_ip(config, request),
        is_local: is_local(request),
    }
}

/// Whether a request comes from this machine, directly. The peer alone does not tell: a proxy may stand here, and a
/// page may have its own name point here (DNS rebinding), which the `Host` header shows.
fn is_local(request: &Request) -> bool {
    let peer = request.extensions().get::<Peer>();
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, further) = (hosts.next(), hosts.next());
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && host
            .and_then(|host| host.to_str().ok())
            .is_some_and(names_this_machine)
        && further.is_none()
        && !is_forwarded(request)
}

/// Whether a `Host` header is `localhost` or an address of the loopback interface, with a port or without.
fn names_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Whether a proxy passed the request on: it says so, or it asks in HTTP/1.0, as nginx does unless it is told otherwise.
fn is_forwarded(request: &Request) -> bool {
    const SAY_SO: [&str; 5] = [
        "forwarded",
        "via",
        "x-real-ip",
        "cf-connecting-ip",
        "true-client-ip",
    ];
    let mut names = request.headers().keys().map(HeaderName::as_str);
    request.version() == Version::HTTP_10
        || names.any(|name| SAY_SO.contains(&name) || name.starts_with("x-forwarded-"))
}

/// The client's address: behind proxies that we trust, what the outermost of them saw, counted from the right of
/// `X-Forwarded-For` (what stands further left anybody can write); otherwise the peer's. Of an IPv6 address the first
/// 64 bits: one customer's.
fn client_ip(config: &Config, request: &Request) -> String {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let ip = match config.trusted_proxies {
        0 => peer,
        proxies => forwarded(request.headers(), proxies).or(peer),
    };
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => format!("{:x?}", &ip.segments()[..4]),
        None => "unknown".to_owned(),
    }
}

fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").iter();
    let list: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let entry = list.into_iter().rev().nth(proxies - 1)?.trim();
    // Some proxies add the port.
    entry
        .parse()
        .ok()
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(proxies: &str, forwarded: &[&str]) -> String {
        let config = Config::read(|name| (name == "TRUSTED_PROXIES").then(|| proxies.to_owned()));
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut request = request.body(axum::body::Body::empty()).expect("a request");
        request
            .extensions_mut()
            .insert(Peer("192.0.2.1:9".parse().expect("an address")));
        client_ip(&config.expect("settings"), &request)
    }

    #[test]
    fn nobody_is_believed_by_default() {
        assert_eq!(ip("0", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn proxies_are_counted_from_the_right() {
        let forged = ["203.0.113.9, 198.51.100.7", "198.51.100.8"];
        assert_eq!(ip("1", &forged), "198.51.100.8");
        assert_eq!(ip("2", &forged), "198.51.100.7");
        assert_eq!(ip("4", &forged), "192.0.2.1");
        assert_eq!(ip("1", &["nonsense"]), "192.0.2.1");
        assert_eq!(ip("1", &["198.51.100.7:5678"]), "198.51.100.7");
        assert_eq!(ip("1", &["[2001:db8::1]:80"]), ip("1", &["2001:db8::1"]));
    }

    #[test]
    fn an_ipv6_customer_is_one_client() {
        assert_eq!(
            ip("1", &["2001:db8:1:2::1"]),
            ip("1", &["2001:db8:1:2:ffff::9"])
        );
        assert_ne!(ip("1", &["2001:db8:1:2::1"]), ip("1", &["2001:db8:1:3::1"]));
        assert_eq!(ip("1", &["::ffff:198.51.100.7"]), "198.51.100.7");
    }
}
