//! The network address of a client, and the networks around it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A network address, if it is known. An IPv4 address that is written as IPv6 is an IPv4 address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address(Option<IpAddr>);

impl Address {
    /// The address, or an unknown one.
    #[must_use]
    pub fn new(ip: Option<IpAddr>) -> Self {
        Self(ip.map(|ip| ip.to_canonical()))
    }

    /// The client: an IPv4 address, or a network of IPv6 with a prefix of 64 bits. Providers give each customer at least
    /// such a network, so its addresses are one client.
    #[must_use]
    pub fn client(self) -> Self {
        self.network(64)
    }

    /// The IPv6 network with a prefix of so many bits, or the IPv4 address itself.
    #[must_use]
    pub fn network(self, bits: u32) -> Self {
        match self.0 {
            Some(IpAddr::V6(ip)) => {
                let mask = u128::MAX << (128 - bits);
                Self(Some(Ipv6Addr::from_bits(ip.to_bits() & mask).into()))
            }
            _ => self,
        }
    }

    /// Whether it has larger networks around it that may belong to one customer.
    #[must_use]
    pub fn is_ipv6(self) -> bool {
        matches!(self.0, Some(IpAddr::V6(_)))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ip) => ip.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(ip: &str) -> Address {
        Address::new(Some(ip.parse().expect("an address")))
    }

    #[test]
    fn an_ipv6_customer_is_one_client() {
        let client = |ip| address(ip).client();
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn a_network_has_the_bits_of_its_prefix() {
        let network = |bits| address("2001:db8:1:1ff::1").network(bits).to_string();
        assert_eq!(network(64), "2001:db8:1:1ff::");
        assert_eq!(network(56), "2001:db8:1:100::");
        assert_eq!(network(48), "2001:db8:1::");
        assert_eq!(address("192.0.2.1").network(48).to_string(), "192.0.2.1");
        assert_eq!(Address::default().network(48).to_string(), "unknown");
    }
}
