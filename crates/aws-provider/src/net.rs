//! Addresses, ranges and protocols.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address range as given: the address and the length of the prefix.
pub fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((address, bits))
}

/// The range with all bits after the prefix cleared, in its canonical spelling.
pub fn canonical_cidr(text: &str) -> Option<String> {
    let (address, bits) = parse_cidr(text)?;
    Some(match address {
        IpAddr::V4(a) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            format!("{}/{bits}", Ipv4Addr::from(u32::from(a) & mask))
        }
        IpAddr::V6(a) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            format!("{}/{bits}", Ipv6Addr::from(u128::from(a) & mask))
        }
    })
}

/// Whether two texts name the same range.
pub fn same_cidr(a: &str, b: &str) -> bool {
    a == b || matches!((canonical_cidr(a), canonical_cidr(b)), (Some(a), Some(b)) if a == b)
}

/// Numbers of the protocols that rules name
/// (<https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml>).
const PROTOCOLS: &[(&str, &str)] = &[
    ("all", "-1"),
    ("icmp", "1"),
    ("tcp", "6"),
    ("udp", "17"),
    ("icmpv6", "58"),
    ("ah", "51"),
    ("egp", "8"),
    ("esp", "50"),
    ("gre", "47"),
    ("igmp", "2"),
    ("ip", "0"),
    ("ospf", "89"),
    ("pim", "103"),
    ("rsvp", "46"),
    ("sctp", "132"),
    ("vrrp", "112"),
];

/// The number of a protocol that is given by name or number, as text.
pub fn protocol_number(text: &str) -> String {
    let name = text.to_ascii_lowercase();
    PROTOCOLS.iter().find(|(n, _)| *n == name).map_or(name, |(_, number)| (*number).to_owned())
}

/// The spelling that security groups use: names for `tcp`, `udp`, `icmp` and `icmpv6`, `-1` for all, numbers for the rest.
pub fn protocol_name(text: &str) -> String {
    match protocol_number(text).as_str() {
        "6" => "tcp".into(),
        "17" => "udp".into(),
        "1" => "icmp".into(),
        "58" => "icmpv6".into(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(canonical_cidr("10.0.1.7/16").as_deref(), Some("10.0.0.0/16"));
        assert_eq!(canonical_cidr("2001:DB8:0:0::/32").as_deref(), Some("2001:db8::/32"));
        assert_eq!(canonical_cidr("1.2.3.4/0").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(canonical_cidr("10.0.0.0/33"), None);
        assert!(same_cidr("::/0", "0:0::0/0"));
    }

    #[test]
    fn protocols() {
        assert_eq!(protocol_number("TCP"), "6");
        assert_eq!(protocol_name("6"), "tcp");
        assert_eq!(protocol_name("all"), "-1");
        assert_eq!(protocol_name("50"), "50");
    }
}
