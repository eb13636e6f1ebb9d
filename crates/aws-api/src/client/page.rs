//! Lists that come in pages.

/// The members that carry a list from page to page.
#[derive(Clone, Copy, Debug)]
pub struct Paging<'a> {
    /// Input member of the token.
    pub input_token: &'a str,
    /// Output member of the token for the next page.
    pub output_token: &'a str,
    /// Output member of the items.
    pub items: &'a str,
}

impl<'a> Paging<'a> {
    /// `NextToken` both ways, as EC2 has it.
    pub fn next_token(items: &'a str) -> Self {
        Self { input_token: "NextToken", output_token: "NextToken", items }
    }

    /// `nextToken` both ways, as CloudWatch Logs and EKS have it.
    pub fn next_token_lower(items: &'a str) -> Self {
        Self { input_token: "nextToken", output_token: "nextToken", items }
    }

    /// `Marker` both ways, as IAM and RDS have it.
    pub fn marker(items: &'a str) -> Self {
        Self { input_token: "Marker", output_token: "Marker", items }
    }
}
