//! IP network functions.

use std::net::{Ipv4Addr, Ipv6Addr};

use num_bigint::{BigInt, Sign};

use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function(
            "cidrhost",
            "The address with a given number in a network; negative numbers count from its end.",
            [param("prefix", Type::String), param("hostnum", Type::Number)],
            cidrhost,
        )
        .returns(Type::String),
        function("cidrnetmask", "The netmask of an IPv4 network.", [param("prefix", Type::String)], cidrnetmask)
            .returns(Type::String),
        function(
            "cidrsubnet",
            "The subnet with a given number in a network whose prefix is longer by a number of bits.",
            [param("prefix", Type::String), param("newbits", Type::Number), param("netnum", Type::Number)],
            cidrsubnet,
        )
        .returns(Type::String),
        function(
            "cidrsubnets",
            "Consecutive subnets of a network, each with a prefix longer by its number of bits.",
            [param("prefix", Type::String)],
            cidrsubnets,
        )
        .variadic(param("newbits", Type::Number))
        .returns(Type::list(Type::String)),
    ]
}

/// A network: its first address in the low bits, and the length of the prefix.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    prefix: u32,
    /// 32 or 128.
    bits: u32,
}

impl Network {
    fn parse(s: &str) -> Result<Network, String> {
        let bad = || format!("invalid CIDR expression: invalid CIDR address: {s}");
        let (address, length) = s.split_once('/').ok_or_else(bad)?;
        let (value, bits) = if address.contains(':') {
            (u128::from(ipv6(address).ok_or_else(bad)?), 128)
        } else {
            (u128::from(u32::from(ipv4(address).ok_or_else(bad)?)), 32)
        };
        let digits = !length.is_empty() && length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
        let prefix = length.parse::<u32>().ok().filter(|p| digits && *p <= bits).ok_or_else(bad)?;
        Ok(Network { first: value & mask(prefix, bits), prefix, bits })
    }

    fn address(&self, value: u128) -> String {
        if self.bits == 32 {
            return Ipv4Addr::from(value as u32).to_string();
        }
        let address = Ipv6Addr::from(value);
        address.to_ipv4_mapped().map_or_else(|| address.to_string(), |v4| v4.to_string())
    }

    fn subnet(&self, first: u128, prefix: u32) -> String {
        // An address that is written as one of IPv4 has a prefix of IPv4 as well.
        let mapped = self.bits == 128 && Ipv6Addr::from(first).to_ipv4_mapped().is_some();
        let prefix = if mapped { prefix.saturating_sub(96) } else { prefix };
        format!("{}/{prefix}", self.address(first))
    }

    /// A whole number as an address of this family; it must not be longer than that.
    fn fit(&self, joined: &BigInt) -> Result<u128, FunctionError> {
        if joined.magnitude().bits().div_ceil(8) > u64::from(self.bits / 8) {
            return fail("the result is not an address: the number is too great for this network");
        }
        Ok(low_bits(&BigInt::from(joined.magnitude().clone())))
    }
}

/// An IPv6 address; like [`ipv4`] with any number of leading zeros.
fn ipv6(s: &str) -> Option<Ipv6Addr> {
    let groups = s.split(':').map(|group| match group.trim_start_matches('0') {
        _ if group.contains('.') => ipv4(group).map(|v4| v4.to_string()),
        "" if !group.is_empty() => Some("0".to_owned()),
        short => Some(short.to_owned()),
    });
    groups.collect::<Option<Vec<_>>>()?.join(":").parse().ok()
}

/// Terraform has always taken leading zeros as decimal, unlike the standard parser.
fn ipv4(s: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = s.split('.');
    for octet in &mut octets {
        let part = parts.next().filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))?;
        *octet = part.parse::<u32>().ok().and_then(|n| u8::try_from(n).ok())?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// The bits of the prefix set.
fn mask(prefix: u32, bits: u32) -> u128 {
    let all = u128::MAX >> (128 - bits);
    if prefix == 0 { 0 } else { (all << (bits - prefix)) & all }
}

fn network(args: &[Value]) -> Result<Network, FunctionError> {
    Network::parse(text(args, 0)?).map_err(|e| FunctionError::argument(0, e))
}

fn big(args: &[Value], i: usize) -> Result<BigInt, FunctionError> {
    number(args, i)?.to_big().ok_or_else(|| FunctionError::argument(i, "value must be a whole number"))
}

/// The bits of a number that fit an address.
fn low_bits(n: &BigInt) -> u128 {
    let low: BigInt = n & BigInt::from(u128::MAX);
    let (sign, digits) = low.to_u64_digits();
    if sign == Sign::NoSign {
        return 0;
    }
    u128::from(digits[0]) | (digits.get(1).copied().map_or(0, u128::from) << 64)
}

fn cidrhost(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let net = network(args)?;
    let wanted = big(args, 1)?;
    let hosts = net.bits - net.prefix;
    let last = (BigInt::from(1) << hosts) - 1;
    let negative = wanted.sign() == Sign::Minus;
    // Only the low 64 bits are checked against the size of the network, as in Terraform, where a number of
    // more than 64 bits therefore reaches beyond it.
    let checked = if negative { -&wanted - 1 } else { BigInt::from(low_bits(&wanted) as u64 as i64) };
    if checked > last {
        return wrong(1, format!("prefix of {} does not accommodate a host numbered {wanted}", net.prefix));
    }
    let host = if negative { &last - (-&wanted - BigInt::from(1)) } else { wanted };
    Ok(Value::from(net.address(net.fit(&(BigInt::from(net.first) | host))?)))
}

fn cidrnetmask(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let net = network(args)?;
    if net.bits != 32 {
        return wrong(0, format!("IPv6 addresses cannot have a netmask: {}", text(args, 0)?));
    }
    Ok(Value::from(net.address(mask(net.prefix, 32))))
}

fn cidrsubnet(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let net = network(args)?;
    let (new_bits, number) = (whole(args, 1)?, big(args, 2)?);
    let length = i64::from(net.prefix).saturating_add(new_bits);
    if length > i64::from(net.bits) {
        return wrong(1, format!("insufficient address space to extend prefix of {} by {new_bits}", net.prefix));
    }
    let Ok(length) = u32::try_from(length) else {
        return wrong(1, format!("a prefix of {} cannot be made shorter by {}", net.prefix, -new_bits));
    };
    // A negative number of bits has no limit, nor has one of 64 and more.
    let limited = (0..64).contains(&new_bits);
    if limited && BigInt::from(number.magnitude().clone()) >= BigInt::from(1) << new_bits as u32 {
        return wrong(2, format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}"));
    }
    let shift = net.bits - length;
    // A negative number sets all bits above it, and Terraform then takes the size of the whole.
    let joined: BigInt = BigInt::from(net.first) | (number << shift);
    Ok(Value::from(net.subnet(net.fit(&joined)?, length)))
}

fn cidrsubnets(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let net = network(args)?;
    let family = if net.bits == 32 { "IPv4" } else { "IPv6" };
    let mut subnets = Vec::with_capacity(args.len() - 1);
    // Offsets are counted from the start of the network; `None` once it is used up.
    let mut next = Some(0u128);
    if net.first == 0 && args.len() > 1 {
        // Terraform looks for the first subnet after the one before the network, and there is none before address 0.
        return wrong(1, format!("cannot allocate subnets of a network that begins at {}", net.address(0)));
    }
    let mut previous = String::new();
    for i in 1..args.len() {
        let new_bits = whole(args, i)?;
        if new_bits < 1 {
            return wrong(i, "must extend prefix by at least one bit");
        }
        if new_bits > 32 {
            return wrong(i, "may not extend prefix by more than 32 bits");
        }
        let length = net.prefix + new_bits as u32;
        if length > net.bits {
            return wrong(
                i,
                format!("would extend prefix to {length} bits, which is too long for an {family} address"),
            );
        }
        let room = net.bits - net.prefix;
        let size = 1u128 << (net.bits - length);
        let start = next.and_then(|n| n.checked_add(size - 1)).map(|n| n & !(size - 1));
        let fits = start.filter(|s| room == 128 || *s < 1u128 << room);
        let Some(start) = fits else {
            return wrong(
                i,
                format!(
                    "not enough remaining address space for a subnet with a prefix of {length} bits after {previous}"
                ),
            );
        };
        previous = net.subnet(net.first | start, length);
        subnets.push(Value::from(previous.as_str()));
        next = start.checked_add(size);
    }
    Ok(Value::list(Type::String, subnets))
}
