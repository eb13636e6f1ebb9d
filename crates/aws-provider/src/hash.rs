//! The checksum that ids of rules and routes are made of: CRC-32 (IEEE) of a text, as Terraform's plugin SDK does it.

/// The checksum.
pub fn hashcode(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_the_default_route() {
        // The tail of the id that the AWS provider gives a route to 0.0.0.0/0.
        assert_eq!(super::hashcode("0.0.0.0/0"), 1_080_289_494);
    }
}
