//! The client of a request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Version, header};

use crate::access::Client;
use crate::address::Address;
use crate::config::Config;

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The client program.
pub fn client(config: &Config, request: &Request) -> Client {
    let user_agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|text| text.to_str().ok());
    Client {
        user_agent: user_agent.map(|text| text.chars().take(255).collect()),
        address: client_address(config, request),
        is_local: is_local(request),
    }
}

/// Whether a request comes directly from this machine. The peer's address is not enough: a proxy may run here, and a
/// web page may point its own name here (DNS rebinding), which the `Host` header reveals.
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

/// Whether a proxy forwarded the request. It adds a header, or it uses HTTP/1.0, as nginx does by default.
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

/// The client's address. Behind trusted proxies it is the address that the outermost proxy saw, counted from the right
/// of `X-Forwarded-For`. Entries further left can be forged. Without proxies it is the address of the connection.
fn client_address(config: &Config, request: &Request) -> Address {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    Address::new(match config.trusted_proxies {
        0 => peer,
        proxies => forwarded(request.headers(), proxies).or(peer),
    })
}

fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").iter();
    let list: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let entry = list.into_iter().rev().nth(proxies - 1)?.trim();
    // Some proxies append the port.
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
        let address = client_address(&config.expect("settings"), &request);
        address.client().to_string()
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
