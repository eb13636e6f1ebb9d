//! CIDR blocks as EC2 reads them.

use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv6Net};

use crate::error::AwsError;

fn bad(cidr: &str, parameter: &str) -> AwsError {
    let message = format!("Value ({cidr}) for parameter {parameter} is invalid. This is not a valid CIDR block.");
    AwsError::new("InvalidParameterValue", message)
}

/// An IPv4 block. As CreateVpc and CreateSubnet document it, host bits that are set are cleared.
pub(crate) fn v4(cidr: &str, parameter: &str) -> Result<Ipv4Net, AwsError> {
    cidr.parse::<Ipv4Net>().map(|n| n.trunc()).map_err(|_| bad(cidr, parameter))
}

/// An IPv6 block, with host bits cleared.
pub(crate) fn v6(cidr: &str, parameter: &str) -> Result<Ipv6Net, AwsError> {
    cidr.parse::<Ipv6Net>().map(|n| n.trunc()).map_err(|_| bad(cidr, parameter))
}

/// Whether two blocks share addresses.
pub(crate) fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(b) || b.contains(a)
}

/// The addresses of a subnet that AWS gives out: all but the first four and the last.
/// Source: "Subnet CIDR blocks", reserved addresses.
pub(crate) fn usable(net: &Ipv4Net) -> impl Iterator<Item = Ipv4Addr> + use<> {
    let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
    (first.saturating_add(4)..last).map(Ipv4Addr::from)
}

/// How many addresses [`usable`] gives.
pub(crate) fn usable_count(net: &Ipv4Net) -> i64 {
    (1i64 << (32 - net.prefix_len())) - 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_are_reserved() {
        let net = v4("10.0.1.0/24", "cidrBlock").unwrap();
        assert_eq!(usable_count(&net), 251);
        let all: Vec<_> = usable(&net).collect();
        assert_eq!(all.len(), 251);
        assert_eq!(all[0].to_string(), "10.0.1.4");
        assert_eq!(all[250].to_string(), "10.0.1.254");
        assert_eq!(v4("100.68.0.18/18", "x").unwrap().to_string(), "100.68.0.0/18");
        assert!(v4("10.0.0.0", "x").is_err());
    }
}
